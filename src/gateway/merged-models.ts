import type { UpstreamPolicy } from '../config/policy.ts'
import type { Upstream, UpstreamRequest } from '../ports/upstream.ts'
import { collectAnswer } from './collect-answer.ts'
import { matchesName } from './name-pattern.ts'

/** A list of models is some kilobytes. */
const listBytesMax = 4 * 1024 * 1024

type Source = { policy: UpstreamPolicy; upstream: Upstream }
type Listed = { id: string }

/**
 * The models of several upstreams as one list, in the shape of both dialects: each model once, from the upstream that would be
 * asked for it. Upstreams that give no list now are left out. Null: none gave one.
 */
export async function mergedModels(
  sources: readonly Source[],
  request: UpstreamRequest,
): Promise<object | null> {
  const lists = await Promise.all(sources.map((source) => modelsOf(source, request)))
  if (lists.every((list) => list === null)) return null
  const byId = new Map<string, Listed>()
  for (const model of lists.flatMap((list) => list ?? [])) if (!byId.has(model.id)) byId.set(model.id, model)
  const data = [...byId.values()]
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
  return request.dialect === 'anthropic' ? { data, has_more: false, ...ends } : { object: 'list', data }
}

async function modelsOf({ policy, upstream }: Source, request: UpstreamRequest): Promise<Listed[] | null> {
  const answer = await collectAnswer(upstream, request, listBytesMax)
  if ('failure' in answer || answer.status !== 200) return null
  return listIn(answer.body)?.filter(({ id }) => policy.models.some((name) => matchesName(name, id))) ?? null
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
