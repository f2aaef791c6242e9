import { createMeter } from '../../../src/gateway/metering/meter.ts'
import type { Usage } from '../../../src/gateway/metering/meter.ts'
import { endpointOf } from '../../../src/gateway/request/endpoint.ts'
import { createLearnedUse } from '../../../src/gateway/request/learned-use.ts'
import { createPrepare } from '../../../src/gateway/request/prepare.ts'
import type { Prepared } from '../../../src/gateway/request/prepare.ts'

const none = Buffer.alloc(0)

export interface Passed {
  usage: Usage | null
  seenTokens: number
  forwarded: Buffer
}

export const events = headers('text/event-stream; charset=utf-8')
export const document = headers('application/json')

export function headers(type: string, ...more: string[]): Buffer[] {
  return ['Content-Type', type, ...more].map((text) => Buffer.from(text))
}

/** A request, prepared as the gateway does. `body` is what differs from an ordinary one. */
export function request(path: string, body: object = {}): Prepared {
  const endpoint = endpointOf('POST', path)
  if (endpoint === null) throw new Error(`no endpoint ${path}`)
  const text = JSON.stringify({ model: 'm', stream: true, messages: [], ...body })
  const prepared = createPrepare({ learned: createLearnedUse(), mayAskForUsage: () => true })(
    endpoint,
    path,
    Buffer.from(text),
  )
  if (!prepared.ok) throw new Error(prepared.message)
  return prepared
}

/** Lets an answer pass a meter. `ends`: its upstream finishes it. */
export function pass(prepared: Prepared, head: Buffer[], chunks: Buffer[], ends = true): Passed {
  const meter = createMeter(prepared)
  meter.head(200, head)
  const forwarded = chunks.map((chunk) => meter.push(chunk) ?? none)
  if (ends) forwarded.push(meter.end() ?? none)
  return { usage: meter.usage(), seenTokens: meter.seenTokens(), forwarded: Buffer.concat(forwarded) }
}

/** The bytes cut at these places, whatever their order. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to))
}
