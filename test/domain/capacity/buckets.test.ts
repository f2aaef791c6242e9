import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  balancesOf,
  bucketViews,
  noBuckets,
  reconcile,
  restoreBuckets,
} from '../../../src/domain/capacity/buckets.ts'
import { tryTake } from '../../../src/domain/capacity/token-bucket.ts'
import { taskId } from '../../../src/domain/ids.ts'

const minute = 60_000
const rates = { baseRate: 100, burstMinutes: 2, depth: 7 }
const order = (...ids: number[]) => ids.map(taskId)

describe('reconcile', () => {
  it('gives the seeds their rates, and starts empty', () => {
    const views = bucketViews(reconcile(noBuckets, order(7, 8, 9), 0, rates), 0, rates)
    expect(views).toEqual([
      { taskId: 7, position: 1, capacityPct: 50, ratePerMinute: 100, tokens: 0, burst: 200 },
      { taskId: 8, position: 2, capacityPct: 25, ratePerMinute: 50, tokens: 0, burst: 100 },
      { taskId: 9, position: 3, capacityPct: 12.5, ratePerMinute: 25, tokens: 0, burst: 50 },
    ])
  })

  it('promotes all below one that leaves, each settled at its old rate first', () => {
    const before = reconcile(noBuckets, order(7, 8, 9), 0, rates)
    const after = reconcile(before, order(8, 9), minute, rates)
    expect(bucketViews(after, minute, rates)).toMatchObject([
      { taskId: 8, tokens: 50, ratePerMinute: 100 },
      { taskId: 9, tokens: 25, ratePerMinute: 50 },
    ])
    expect(bucketViews(after, 2 * minute, rates)).toMatchObject([{ tokens: 150 }, { tokens: 75 }])
  })

  it('an urgent one demotes all; what their new burst cannot hold is lost', () => {
    const before = reconcile(noBuckets, order(7, 8), 0, rates)
    const after = reconcile(before, order(9, 7, 8), 2 * minute, rates)
    expect(bucketViews(after, 2 * minute, rates)).toMatchObject([
      { taskId: 9, tokens: 0, ratePerMinute: 100 },
      { taskId: 7, tokens: 100, burst: 100 },
      { taskId: 8, tokens: 50, burst: 50 },
    ])
  })

  it('keeps balances across a restart, debts too, and counts nothing for the time between', () => {
    const before = reconcile(noBuckets, order(7, 8), 0, rates)
    const saved = balancesOf(before, minute, 1_700_000_000_000)
    const restored = reconcile(restoreBuckets(saved, 5_000_000), order(8, 9), 5_000_000, rates)
    expect(bucketViews(restored, 5_000_000, rates)).toMatchObject([
      { taskId: 8, tokens: 50, ratePerMinute: 100 },
      { taskId: 9, tokens: 0 },
    ])
    const debt = restoreBuckets([{ taskId: taskId(1), tokens: -30, at: 0 }], 0)
    expect(bucketViews(reconcile(debt, order(1), 0, rates), 0, rates)).toMatchObject([{ tokens: -30 }])
  })

  it('all together never get more than the whole, however the order changes', () => {
    const step = fc.record({
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 }),
      forMs: fc.integer({ min: 1, max: 20_000 }),
      takers: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), (steps, depth) => {
        let nowMs = 0
        let buckets = noBuckets
        let granted = 0
        for (const { ids, forMs, takers } of steps) {
          buckets = reconcile(buckets, order(...ids), nowMs, { ...rates, depth })
          nowMs += forMs
          const changed = new Map(buckets)
          for (const taker of takers.map(taskId)) {
            const bucket = changed.get(taker)
            if (bucket === undefined) continue
            const taking = tryTake(bucket, 1, nowMs)
            changed.set(taker, taking.bucket)
            if (taking.granted) granted += 1
          }
          buckets = changed
          expect(granted).toBeLessThanOrEqual((nowMs * 200) / minute + 1e-6)
        }
      }),
    )
  })
})
