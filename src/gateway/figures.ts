import { RecentBuckets, sum } from '../domain/metrics/recent-buckets.ts'
import { LastNumbers } from '../domain/metrics/last-numbers.ts'
import { type DurationFigures, durationFigures } from '../domain/metrics/percentiles.ts'
import type { Clock } from '../ports/clock.ts'
import type { Exchange } from './exchange.ts'
import type { RefusalCode } from './refusals.ts'
import type { EndpointId } from './request/endpoint.ts'

/** How requests ended, by the class of what the client got. gone: it left before it got anything. */
export const outcomeClasses = ['2xx', '3xx', '4xx', '5xx', 'gone'] as const
export type OutcomeClass = (typeof outcomeClasses)[number]

export type RequestCounts = Partial<Record<EndpointId | 'none', Partial<Record<OutcomeClass, number>>>>

/** What the gateway has done since the daemon's start. All labels are bounded. */
export interface GatewayFigures {
  ended(exchange: Exchange): void
  waited(ms: number): void
  readonly requests: RequestCounts
  readonly refused: Partial<Record<RefusalCode, number>>
  /** Of the last 1,000 that were admitted; null: none was. */
  waits(): DurationFigures | null
  /** Requests that ended within the last minute. */
  lastMinute(): number
}

const waitsKept = 1_000
const minuteMs = 60_000
const bucketMs = 5_000

export function createGatewayFigures(clock: Pick<Clock, 'monotonicMs'>): GatewayFigures {
  const requests: RequestCounts = {}
  const refused: Partial<Record<RefusalCode, number>> = {}
  const waits = new LastNumbers(waitsKept)
  const recent = new RecentBuckets(bucketMs, minuteMs / bucketMs, sum)
  return {
    ended({ endpoint, response, refused: code }) {
      recent.note(clock.monotonicMs(), 1)
      const of = (requests[endpoint?.id ?? 'none'] ??= {})
      const outcome = response.headersSent ? classOf(response.statusCode) : 'gone'
      of[outcome] = (of[outcome] ?? 0) + 1
      if (code !== null) refused[code] = (refused[code] ?? 0) + 1
    },
    waited: (ms) => waits.add(ms),
    requests,
    refused,
    waits: () => durationFigures(waits.inOrder().sort()),
    lastMinute: () => recent.read(0, clock.monotonicMs()).reduce<number>((all, one) => all + (one ?? 0), 0),
  }
}

function classOf(status: number): OutcomeClass {
  if (status >= 500) return '5xx'
  if (status >= 400) return '4xx'
  return status >= 300 ? '3xx' : '2xx'
}
