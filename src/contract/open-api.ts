import { z } from 'zod'
import { inputs } from './inputs.ts'
import { summaries } from './open-api-words.ts'
import { type Route, type RouteName, routes, type StreamRoute } from './routes.ts'
import { apiVersion } from './views.ts'

/** A route that the document names beside the contract's. */
export interface NamedRoute {
  name: string
  route: Route
  summary: string
}

type Schema = Readonly<Record<string, unknown>>

const streams: ReadonlySet<string> = new Set(['events', 'followLog', 'subscribeBus'] satisfies StreamRoute[])

/** The API as an OpenAPI document (3.1), made from the routes and what each of them takes. */
export function openApiDocument(version: string, more: readonly NamedRoute[] = []): object {
  const contract = (Object.entries(routes) as [RouteName, Route][]).map(([name, route]) => ({
    path: openPath(route.path),
    method: route.method.toLowerCase(),
    operation: operationOf({ name, route, summary: summaries[name] ?? name }, takenBy(name)),
  }))
  const others = more.map((named) => ({
    path: openPath(named.route.path),
    method: named.route.method.toLowerCase(),
    operation: operationOf(named, { properties: {}, required: [] }),
  }))
  const byPath = Map.groupBy([...contract, ...others], ({ path }) => path)
  return {
    openapi: '3.1.0',
    info: {
      title: 'jrctl',
      version,
      summary: 'Runs a fleet of LLM agent workers',
      description,
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(
      [...byPath].map(([path, members]) => [
        path,
        Object.fromEntries(members.map(({ method, operation }) => [method, operation])),
      ]),
    ),
    components,
  }
}

const description =
  "On the daemon's own unix socket everything may be asked. Over TCP reading is free on this machine (unless [api] allowed_hosts names " +
  'others), and what changes anything, and logs, need the API token as a bearer: no form can send that header. Workers show the key of their ' +
  'attempt instead, for the routes that take one. Durations are milliseconds, times epoch milliseconds.'

/** `/v1/tasks/:id` → `/v1/tasks/{id}` */
function openPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

interface Taken {
  properties: Readonly<Record<string, Schema>>
  required: readonly string[]
}

function takenBy(name: RouteName): Taken {
  const schema = z.toJSONSchema(inputs[name], { io: 'input', unrepresentable: 'any' })
  const { properties = {}, required = [] } = withoutReferences(schema) as Partial<Taken>
  return { properties, required }
}

/** Any JSON refers to itself where it is defined, which in another document would lead nowhere. */
function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([name]) => name !== '$ref' && name !== '$defs' && name !== '$schema',
  )
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutReferences(part)]))
}

function operationOf({ name, route, summary }: NamedRoute, { properties, required }: Taken): object {
  const inPath = new Set([...route.path.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter))
  const rest = Object.entries(properties).filter(([field]) => !inPath.has(field))
  const parameters = [
    ...[...inPath].map((field) => parameterOf('path', field, properties[field], true)),
    ...(route.method === 'GET'
      ? rest.map(([field, schema]) => parameterOf('query', field, schema, required.includes(field)))
      : []),
  ]
  return {
    operationId: name,
    summary,
    tags: [tagOf(route.path)],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.method === 'GET'
      ? {}
      : {
          requestBody: bodyOf(
            rest,
            required.filter((field) => !inPath.has(field)),
          ),
        }),
    responses: { '200': successOf(name), default: { $ref: '#/components/responses/Refused' } },
    security: securityOf(route),
  }
}

function tagOf(path: string): string {
  return path.split('/').find((part) => part !== '' && part !== 'v1') ?? 'daemon'
}

/** Lists travel in one word, separated by commas. */
function parameterOf(place: 'path' | 'query', name: string, schema: Schema = {}, required: boolean): object {
  const list = schema['type'] === 'array' ? { style: 'form', explode: false } : {}
  return { name, in: place, required, ...list, schema }
}

function bodyOf(fields: readonly (readonly [string, Schema])[], required: readonly string[]): object {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
  return { required: required.length > 0, content: { 'application/json': { schema } } }
}

function successOf(name: string): object {
  if (streams.has(name))
    return {
      description: 'Events as they come (server-sent events)',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }
  const json = { 'application/json': { schema: { $ref: '#/components/schemas/Answer' } } }
  const text = { schema: { type: 'string' } }
  const content =
    name === 'metrics' ? { ...json, 'text/plain': text, 'application/openmetrics-text': text } : json
  return { description: 'Done', content }
}

function securityOf({ method, open, guarded, workers }: Route): object[] {
  const isFree = open === true || (method === 'GET' && guarded !== true)
  return [...(isFree ? [{}] : []), { apiToken: [] }, ...(workers === undefined ? [] : [{ attemptKey: [] }])]
}

const components = {
  securitySchemes: {
    apiToken: { type: 'http', scheme: 'bearer', description: 'The API token, over TCP' },
    attemptKey: { type: 'http', scheme: 'bearer', description: 'The key of an attempt' },
  },
  schemas: {
    Answer: {
      type: 'object',
      properties: {
        apiVersion: { type: 'integer', description: 'Of the shapes of answers', examples: [apiVersion] },
      },
    },
    Error: {
      type: 'object',
      required: ['apiVersion', 'error'],
      properties: {
        apiVersion: { type: 'integer' },
        error: {
          type: 'object',
          required: ['code', 'message', 'hint'],
          properties: {
            code: { type: 'string', description: 'Stable, for programs', examples: ['task.not_found'] },
            message: { type: 'string' },
            hint: { type: ['string', 'null'], description: 'What to do next' },
          },
        },
      },
    },
  },
  responses: {
    Refused: {
      description:
        '400 wrong input, 401 no token or key, 403 not from there, 404 no such thing, 408 too slow, 409 not as things stand, 413 too large, 429 too often, 500 our mistake, 503 not now, 504 no answer in time',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    },
  },
}
