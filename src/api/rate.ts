import { refill, tryTake, type TokenBucket } from '../domain/capacity/token-bucket.ts'
import type { Clock } from '../ports/clock.ts'

/** How often one address may do something. */
export interface Rate {
  perMinute: number
  burst: number
}

/** Counts by address what may be done only so often. */
export interface RateLimit {
  /** 0: it may be done, and counts; else for how many milliseconds not. */
  take(address: string): number
}

/** More addresses than these share no bucket with anybody: the one that asked longest ago starts anew. */
const addressesMax = 1_000

export function createRateLimit({ perMinute, burst }: Rate, clock: Pick<Clock, 'monotonicMs'>): RateLimit {
  const buckets = new Map<string, TokenBucket>()
  return {
    take(address) {
      const nowMs = clock.monotonicMs()
      const full = { ratePerMinute: perMinute, burst, tokens: burst, atMs: nowMs }
      const taking = tryTake(refill(buckets.get(address) ?? full, nowMs), 1, nowMs)
      buckets.delete(address)
      buckets.set(address, taking.bucket)
      const [oldest] = buckets.keys()
      if (buckets.size > addressesMax && oldest !== undefined) buckets.delete(oldest)
      return taking.granted ? 0 : Math.ceil(taking.waitMs)
    },
  }
}
