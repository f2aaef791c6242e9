import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeptBalances } from '../../../src/daemon/capacity/kept-balances.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

const burst = 400

describe('balances that are kept', () => {
  it('are never more than what is there, and after a keeping at most a tenth of the burst less', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('take' as const), units: fc.integer({ min: 0, max: 2 * burst }) }),
      fc.record({ do: fc.constant('fill' as const), units: fc.integer({ min: 0, max: burst }) }),
      fc.record({ do: fc.constant('keep' as const) }),
      fc.record({ do: fc.constant('crash' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = fakeStateStore()
        let kept = createKeptBalances(store, () => 0)
        let tokens = 0
        const bucket = () => ({ taskId: 1, tokens, burst })
        const stored = () => store.buckets()[0]?.tokens ?? 0
        kept.keep([bucket()])
        for (const one of steps) {
          if (one.do === 'take') {
            tokens -= one.units
            kept.taken(bucket())
          } else if (one.do === 'fill') tokens = Math.min(burst, tokens + one.units)
          else if (one.do === 'keep') {
            kept.keep([bucket()])
            expect(stored()).toBeGreaterThanOrEqual(tokens - burst / 10)
          } else {
            kept = createKeptBalances(store, () => 0)
            tokens = kept.restored()[0]?.tokens ?? 0
          }
          expect(stored()).toBeLessThanOrEqual(tokens)
        }
        kept.close([bucket()])
        expect(stored()).toBe(tokens)
      }),
    )
  })

  it('are written seldom: ten times a burst that is emptied one by one, and never while nothing changes', () => {
    const store = fakeStateStore()
    let writes = 0
    const kept = createKeptBalances(
      {
        buckets: () => [],
        saveBucket: (one) => void (store.saveBucket(one), (writes += 1)),
        saveBuckets: (all) => void (store.saveBuckets(all), (writes += 1)),
      },
      () => 0,
    )
    kept.keep([{ taskId: 0, tokens: burst, burst }])
    expect(writes).toBe(1)
    for (let again = 0; again < 5; again += 1) kept.keep([{ taskId: 0, tokens: burst, burst }])
    expect(writes).toBe(1)
    for (let tokens = burst; tokens >= 0; tokens -= 1) kept.taken({ taskId: 0, tokens, burst })
    expect(writes).toBeLessThanOrEqual(21)
  })

  it('do not sink by crashes alone', () => {
    const store = fakeStateStore()
    createKeptBalances(store, () => 0).keep([{ taskId: 1, tokens: 100, burst }])
    const before = store.buckets()
    for (let crash = 0; crash < 20; crash += 1) {
      const kept = createKeptBalances(store, () => 0)
      kept.keep(kept.restored().map(({ taskId, tokens }) => ({ taskId, tokens, burst })))
    }
    expect(store.buckets()).toEqual(before)
  })
})
