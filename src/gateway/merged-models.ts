import type { ServerResponse } from 'node:http'
import { matchesName } from '../domain/name-pattern.ts'
import type { Clock } from '../ports/clock.ts'
import type { UpstreamRequest } from '../ports/upstream.ts'
import { collectAnswer } from './collect-answer.ts'
import type { Route, UpstreamSet } from './upstream-set.ts'

/** A list of models is some kilobytes. */
const listBytesMax = 4 * 1024 * 1024
/** An upstream that has not told its models by then is left out: the others' are not to wait for it. */
const listWithinMs = 5_000

type Listed = { id: string }

export interface MergedModels {
  /** In the shape of the dialect. */
  list: object
  /** The names of those that gave no list now. */
  leftOut: string[]
}

/**
 * The models of several upstreams as one list, in the shape of both dialects: each model once, from the upstream that would be
 * asked for it. Null: none gave one, or the client has gone.
 */
export async function mergedModels(
  upstreams: Pick<UpstreamSet, 'of' | 'begin' | 'end'>,
  request: UpstreamRequest,
  client: ServerResponse,
  clock: Clock,
): Promise<MergedModels | null> {
  const enough = new AbortController()
  const stop = (): void => enough.abort()
  const timer = clock.after(listWithinMs, stop)
  client.once('close', stop)
  const routes = upstreams.of(request.dialect)
  const lists = await Promise.all(routes.map((route) => modelsOf(upstreams, route, request, enough.signal)))
  timer.cancel()
  client.off('close', stop)
  if (client.destroyed || lists.every((list) => list === null)) return null
  const leftOut = routes.filter((_, index) => lists[index] === null).map(({ policy }) => policy.name)
  return { list: merged(lists, request), leftOut }
}

function merged(lists: readonly (Listed[] | null)[], { dialect }: UpstreamRequest): object {
  const byId = new Map<string, Listed>()
  for (const model of lists.flatMap((list) => list ?? [])) if (!byId.has(model.id)) byId.set(model.id, model)
  const data = [...byId.values()]
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
  return dialect === 'anthropic' ? { data, has_more: false, ...ends } : { object: 'list', data }
}

async function modelsOf(
  upstreams: Pick<UpstreamSet, 'begin' | 'end'>,
  route: Route,
  request: UpstreamRequest,
  enough: AbortSignal,
): Promise<Listed[] | null> {
  upstreams.begin(route, true)
  const answer = await collectAnswer(route.upstream, request, listBytesMax, enough)
  const failure = answer !== null && 'failure' in answer ? answer.failure : null
  upstreams.end(route, true, answer === null ? null : (failure ?? 'answered'))
  if (answer === null || 'failure' in answer || answer.status !== 200) return null
  const { models } = route.policy
  return listIn(answer.body)?.filter(({ id }) => models.some((name) => matchesName(name, id))) ?? null
}

function listIn(body: Buffer): Listed[] | null {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    const data = isObject(parsed) ? parsed['data'] : undefined
    return Array.isArray(data) ? data.filter(isListed) : null
  } catch {
    return null
  }
}

function isListed(value: unknown): value is Listed {
  return isObject(value) && typeof value['id'] === 'string'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
