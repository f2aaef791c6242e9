import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  changeRate,
  emptyBucket,
  refill,
  settle,
  tryTake,
  waitMs,
} from '../../../src/domain/capacity/token-bucket.ts'
import type { TokenBucket } from '../../../src/domain/capacity/token-bucket.ts'

const minute = 60_000
const first = { ratePerMinute: 100, burst: 200 }
const second = { ratePerMinute: 50, burst: 100 }
const third = { ratePerMinute: 25, burst: 50 }

describe('the numbers of the seeds', () => {
  it.each([
    [first, 1, 600],
    [first, 100, minute],
    [second, 1, 1200],
    [third, 1, 2400],
    [third, 50, 2 * minute],
  ])('%o: an empty bucket has %d after so many ms', (rate, amount, expectedMs) => {
    expect(waitMs(emptyBucket(rate, 0), amount, 0)).toBe(expectedMs)
  })

  it.each([
    [first, minute, 100],
    [first, 2 * minute, 200],
    [first, 60 * minute, 200],
    [second, minute, 50],
    [third, minute, 25],
  ])('%o fills in %i ms to %d', (rate, ms, tokens) => {
    expect(refill(emptyBucket(rate, 0), ms).tokens).toBe(tokens)
  })
})

describe('tryTake', () => {
  it('grants what is there and says how long the rest takes', () => {
    const half = refill(emptyBucket(first, 0), minute)
    expect(tryTake(half, 100, minute)).toMatchObject({ granted: true, bucket: { tokens: 0 } })
    expect(tryTake(half, 101, minute)).toMatchObject({ granted: false, waitMs: 600, bucket: { tokens: 100 } })
  })

  it('admits more than the burst on a full bucket only, and leaves a debt', () => {
    const empty = emptyBucket(first, 0)
    expect(waitMs(empty, 1000, 0)).toBe(2 * minute)
    const taking = tryTake(empty, 1000, 2 * minute)
    expect(taking).toMatchObject({ granted: true, bucket: { tokens: -800 } })
    expect(waitMs(taking.bucket, 1, 2 * minute)).toBe(801 * 600)
  })

  it.each([10, 0])('waits for ever at rate 0 with a burst of %d, and lends nothing', (burst) => {
    const dry = emptyBucket({ ratePerMinute: 0, burst }, 0)
    expect(tryTake(dry, 20, minute)).toMatchObject({ granted: false, waitMs: Infinity })
  })

  it('without a burst admits one at a time and makes the next wait for it', () => {
    const taking = tryTake(emptyBucket({ ratePerMinute: 100, burst: 0 }, 0), 1, 0)
    expect(taking.granted).toBe(true)
    expect(waitMs(taking.bucket, 1, 0)).toBe(600)
  })
})

describe('changeRate', () => {
  it('settles at the old rate first', () => {
    const promoted = changeRate(emptyBucket(second, 0), first, minute)
    expect(promoted).toEqual({ ...first, tokens: 50, atMs: minute })
  })

  it('cuts to the new burst on a demotion, and keeps a debt', () => {
    const full = refill(emptyBucket(first, 0), 2 * minute)
    expect(changeRate(full, third, 2 * minute).tokens).toBe(50)
    expect(changeRate({ ...full, tokens: -5 }, third, 2 * minute).tokens).toBe(-5)
  })
})

describe('settle', () => {
  it('gives back what was not used and charges what was used beyond', () => {
    const bucket: TokenBucket = { ...first, tokens: 10, atMs: 0 }
    expect(settle(bucket, 8, 3, 0).tokens).toBe(15)
    expect(settle(bucket, 8, 30, 0).tokens).toBe(-12)
    expect(settle({ ...bucket, tokens: 199 }, 8, 3, 0).tokens).toBe(200)
  })
})

describe('for any sequence of takes, rate changes and settlements', () => {
  const rate = fc.record({
    ratePerMinute: fc.double({ min: 0.1, max: 10_000, noNaN: true }),
    burst: fc.double({ min: 0.2, max: 20_000, noNaN: true }),
  })
  const amount = fc.double({ min: 0, max: 500, noNaN: true })

  it('grants no more than burst plus what accrued, one overdraft aside, and never holds more than its burst', () => {
    const steps = fc.array(fc.record({ waitMs: fc.integer({ min: -1000, max: 100_000 }), amount }), {
      maxLength: 50,
    })
    fc.assert(
      fc.property(rate, steps, (fixed, takes) => {
        let bucket = emptyBucket(fixed, 0)
        let nowMs = 0
        let granted = 0
        let overdraft = 0
        for (const take of takes) {
          nowMs += take.waitMs
          const taking = tryTake(bucket, take.amount, nowMs)
          bucket = taking.bucket
          if (taking.granted) granted += take.amount
          overdraft = Math.max(overdraft, -bucket.tokens)
          expect(bucket.tokens).toBeLessThanOrEqual(bucket.burst)
          const accrued = (bucket.atMs * fixed.ratePerMinute) / minute
          expect(granted).toBeLessThanOrEqual(accrued + overdraft + 1e-6)
          expect(overdraft).toBeLessThanOrEqual(Math.max(0, 500 - fixed.burst) + 1e-6)
        }
      }),
    )
  })

  it('over any window the grants within the burst are at most burst plus accrual', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(gaps, fc.double({ min: 0, max: 1, noNaN: true }), (waits, part) => {
        let bucket = emptyBucket(first, 0)
        let nowMs = 0
        const grants: { atMs: number; amount: number }[] = []
        for (const wait of waits) {
          nowMs += wait
          const taking = tryTake(bucket, 1 + part * 199, nowMs)
          bucket = taking.bucket
          if (taking.granted) grants.push({ atMs: nowMs, amount: 1 + part * 199 })
        }
        for (const [index, start] of grants.entries()) {
          let sum = 0
          for (const grant of grants.slice(index)) {
            sum += grant.amount
            expect(sum).toBeLessThanOrEqual(200 + ((grant.atMs - start.atMs) * 100) / minute + 1e-6)
          }
        }
      }),
    )
  })

  it('who waits as long as told is granted, and would not have been two milliseconds earlier', () => {
    fc.assert(
      fc.property(rate, amount, fc.integer({ min: 0, max: 1_000_000 }), (fixed, wanted, startMs) => {
        const bucket = emptyBucket(fixed, startMs)
        const wait = waitMs(bucket, wanted, startMs)
        expect(tryTake(bucket, wanted, startMs + wait).granted).toBe(true)
        if (wait > 2 && fixed.ratePerMinute > 1) {
          expect(tryTake(bucket, wanted, startMs + wait - 2).granted).toBe(false)
        }
      }),
    )
  })

  it('a promotion never changes the past: the balance at that moment is the one it had without it', () => {
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 0, max: 1_000_000 }), (old, next, ms) => {
        const bucket = emptyBucket(old, 0)
        const changed = changeRate(bucket, next, ms)
        expect(changed.tokens).toBe(Math.min(next.burst, refill(bucket, ms).tokens))
        expect(refill(changed, ms).tokens).toBe(changed.tokens)
      }),
    )
  })

  it('time that goes back gives and takes nothing', () => {
    fc.assert(
      fc.property(
        rate,
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (fixed, ms, back) => {
          const bucket = refill(emptyBucket(fixed, 0), ms)
          expect(refill(bucket, ms - back)).toBe(bucket)
        },
      ),
    )
  })
})
