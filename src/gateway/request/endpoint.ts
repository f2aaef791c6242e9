/** Whose shapes a request and its answer have. */
export type Dialect = 'openai' | 'anthropic'

export type EndpointId =
  'chat' | 'completions' | 'responses' | 'embeddings' | 'messages' | 'count_tokens' | 'models' | 'model'

/** One thing that can be asked of an LLM API. */
export interface Endpoint {
  readonly id: EndpointId
  readonly dialect: Dialect
  readonly method: 'GET' | 'POST'
  /** False: it asks nothing of a model, and waits for no capacity. */
  readonly charged: boolean
}

const post = (id: EndpointId, dialect: Dialect, charged = true): Endpoint => ({
  id,
  dialect,
  method: 'POST',
  charged,
})
const get = (id: EndpointId, dialect: Dialect): Endpoint => ({ id, dialect, method: 'GET', charged: false })

/**
 * What is asked for by id (a stored response, a batch, a file) is not there: the key at the upstream is everybody's, so one task
 * could read or delete what is another's, and what runs in the background is used without being charged.
 */
const byPath: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': post('chat', 'openai'),
  '/v1/completions': post('completions', 'openai'),
  '/v1/responses': post('responses', 'openai'),
  '/v1/embeddings': post('embeddings', 'openai'),
  '/v1/messages': post('messages', 'anthropic'),
  '/v1/messages/count_tokens': post('count_tokens', 'anthropic', false),
}
const pathTable = new Map(Object.entries(byPath))

const models = { openai: get('models', 'openai'), anthropic: get('models', 'anthropic') }
const model = { openai: get('model', 'openai'), anthropic: get('model', 'anthropic') }
const modelsPath = '/v1/models'

/** What there is, for those who asked for something else. */
export const endpointPaths: readonly string[] = [...pathTable.keys(), modelsPath, `${modelsPath}/{id}`]

/**
 * The endpoint that a request asks for; null: there is none (`methodAt` tells whether only the method is wrong).
 * @param path as it came, with its query
 * @param anthropic whether the request carries an `anthropic-version` header: both dialects have `/v1/models`
 */
export function endpointOf(method: string, path: string, anthropic = false): Endpoint | null {
  const endpoint = endpointAt(path, anthropic ? 'anthropic' : 'openai')
  return endpoint?.method === method ? endpoint : null
}

/** The one method that an endpoint's path takes; null: nothing is at that path. */
export function methodAt(path: string): 'GET' | 'POST' | null {
  return endpointAt(path, 'openai')?.method ?? null
}

/**
 * The path that an upstream gets, its query kept. Clients differ in whether the address they are given includes `/v1`: all of
 * `/messages`, `/v1/messages` and `/v1/v1/messages` are meant as `/v1/messages`.
 */
export function upstreamPath(path: string): string {
  if (!path.startsWith('/v1/')) return `/v1${path}`
  return path.startsWith('/v1/v1/') ? path.slice(3) : path
}

/** The model that a `model` request names; null where the path is no such request's, or names none that may be asked for. */
export function modelInPath(path: string): string | null {
  const bare = bareOf(upstreamPath(path))
  if (!bare.startsWith(`${modelsPath}/`)) return null
  const name = decoded(bare.slice(modelsPath.length + 1))
  return name === null || name === '' || climbs.test(name) ? null : name
}

function endpointAt(path: string, dialect: Dialect): Endpoint | null {
  const bare = bareOf(upstreamPath(path))
  if (bare === modelsPath) return models[dialect]
  return pathTable.get(bare) ?? (modelInPath(bare) === null ? null : model[dialect])
}

/** A name like `org/model` is one; a path out of the models is none, however it is written. */
const climbs = /(?:^|[/\\])\.{1,2}(?:$|[/\\])|[\0-\x20\x7f?#]/

function bareOf(path: string): string {
  const query = path.indexOf('?')
  return query === -1 ? path : path.slice(0, query)
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
