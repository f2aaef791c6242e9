import { taskId } from '../ids.ts'
import type { TaskId } from '../ids.ts'
import { rateOf, shareOf } from './shares.ts'
import type { BucketRate, CapacityRates } from './shares.ts'
import { changeRate, emptyBucket, refill } from './token-bucket.ts'
import type { TokenBucket } from './token-bucket.ts'

/** The buckets of the tasks in progress, in the order of their positions. */
export type Buckets = ReadonlyMap<TaskId, TokenBucket>

export const noBuckets: Buckets = new Map()

/**
 * The buckets after the order has become `order` at `nowMs`: who left is gone, who joined starts empty, who moved first
 * settles at the old rate. The same order again changes nothing but the rates' policy, if that changed.
 */
export function reconcile(
  buckets: Buckets,
  order: readonly TaskId[],
  nowMs: number,
  rates: CapacityRates,
): Buckets {
  return new Map(
    order.map((id, index) => {
      const rate = rateOf(shareOf(index + 1, order.length, rates.depth), rates)
      return [id, reconcileOne(buckets.get(id), rate, nowMs)]
    }),
  )
}

function reconcileOne(bucket: TokenBucket | undefined, rate: BucketRate, nowMs: number): TokenBucket {
  if (bucket === undefined) return emptyBucket(rate, nowMs)
  const same = bucket.ratePerMinute === rate.ratePerMinute && bucket.burst === rate.burst
  return same ? bucket : changeRate(bucket, rate, nowMs)
}

/** A balance as it is kept across restarts. `at` is wall time (epoch ms), for people: no time is counted from it. */
export interface Balance {
  taskId: number
  tokens: number
  at: number
}

/**
 * The buckets as they were saved. Nothing accrues for the time in between: nobody could spend it, and wall time may have
 * jumped. They hold their balances at rate 0 until the first `reconcile` gives them rates.
 */
export function restoreBuckets(balances: readonly Balance[], nowMs: number): Buckets {
  const waiting = { ratePerMinute: 0, burst: Number.POSITIVE_INFINITY, atMs: nowMs }
  return new Map(balances.map((balance) => [taskId(balance.taskId), { ...waiting, tokens: balance.tokens }]))
}

export function balancesOf(buckets: Buckets, nowMs: number, wallMs: number): Balance[] {
  return [...buckets].map(([id, bucket]) => {
    return { taskId: id, tokens: refill(bucket, nowMs).tokens, at: wallMs }
  })
}

/** A position's capacity as an operator sees it: percent of the whole, units a minute, units. */
export interface BucketView {
  taskId: TaskId
  position: number
  capacityPct: number
  ratePerMinute: number
  tokens: number
  burst: number
}

/** By position, at `nowMs`. */
export function bucketViews(buckets: Buckets, nowMs: number, rates: CapacityRates): BucketView[] {
  return [...buckets].map(([id, bucket], index) => ({
    taskId: id,
    position: index + 1,
    capacityPct: 100 * shareOf(index + 1, buckets.size, rates.depth),
    ratePerMinute: bucket.ratePerMinute,
    tokens: refill(bucket, nowMs).tokens,
    burst: bucket.burst,
  }))
}
