import type { BucketRate } from './shares.ts'

/**
 * A token bucket as a value: every function answers a new one. It fills lazily, by the time since `atMs`, so that a
 * thousand idle buckets cost nothing. Times are monotonic milliseconds; a time before `atMs` counts as `atMs`.
 */
export interface TokenBucket extends BucketRate {
  /** Units, true at `atMs`; at most `burst`; below 0 is a debt. */
  readonly tokens: number
  readonly atMs: number
}

/**
 * Forgiven when comparing: sums of fractions come out a hair short, and who waited as long as told must be granted. What
 * is forgiven stays as a debt, so no capacity is made of it.
 */
const grain = 1e-9

/** Buckets start empty: a new task has earned nothing yet. */
export function emptyBucket(rate: BucketRate, atMs: number): TokenBucket {
  return { ratePerMinute: rate.ratePerMinute, burst: rate.burst, tokens: 0, atMs }
}

/** A balance that was kept: it is held as it is until the first change of rate says how fast it fills, and up to where. */
export function heldBucket(tokens: number, atMs: number): TokenBucket {
  return { ratePerMinute: 0, burst: Number.POSITIVE_INFINITY, tokens, atMs }
}

/** The bucket at `nowMs`. */
export function refill(bucket: TokenBucket, nowMs: number): TokenBucket {
  if (nowMs <= bucket.atMs) return bucket
  const accrued = ((nowMs - bucket.atMs) * bucket.ratePerMinute) / 60_000
  return { ...bucket, tokens: Math.min(bucket.burst, bucket.tokens + accrued), atMs: nowMs }
}

/** Settles what has accrued at the old rate, then fills at the new one; what the new burst cannot hold is lost. */
export function changeRate(bucket: TokenBucket, rate: BucketRate, nowMs: number): TokenBucket {
  const settled = refill(bucket, nowMs)
  const { ratePerMinute, burst } = rate
  return { ratePerMinute, burst, tokens: Math.min(burst, settled.tokens), atMs: settled.atMs }
}

export type Taking =
  | { granted: true; bucket: TokenBucket }
  /** Try again in so long; Infinity when the rate is 0. */
  | { granted: false; bucket: TokenBucket; waitMs: number }

/**
 * Takes `amount` (≥ 0, units) or says how long to wait. An amount above the burst would wait for ever, so it is admitted
 * on a full bucket and leaves a debt, which the following ones pay off by waiting.
 */
export function tryTake(bucket: TokenBucket, amount: number, nowMs: number): Taking {
  const now = refill(bucket, nowMs)
  if (now.tokens < needed(now, amount) - grain) {
    return { granted: false, bucket: now, waitMs: waitMs(now, amount, nowMs) }
  }
  return { granted: true, bucket: { ...now, tokens: now.tokens - amount } }
}

/** Milliseconds, rounded up to whole ones, until `tryTake` would grant `amount`; 0: at once. */
export function waitMs(bucket: TokenBucket, amount: number, nowMs: number): number {
  const now = refill(bucket, nowMs)
  const missing = needed(now, amount) - now.tokens
  return missing <= grain ? 0 : Math.ceil((missing * 60_000) / now.ratePerMinute)
}

/**
 * Replaces what was taken on an estimate by what was really used: the difference flows back (never above the burst) or is
 * charged, if need be as a debt.
 */
export function settle(bucket: TokenBucket, taken: number, used: number, nowMs: number): TokenBucket {
  const now = refill(bucket, nowMs)
  return { ...now, tokens: Math.min(now.burst, now.tokens + taken - used) }
}

/** How much must be there. At rate 0 a debt would never be paid, so there nothing is lent. */
function needed(bucket: TokenBucket, amount: number): number {
  return bucket.ratePerMinute > 0 ? Math.min(amount, bucket.burst) : amount
}
