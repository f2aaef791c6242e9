import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ScoreFacts, scoreOf } from '../../src/domain/score.ts'

const sample = fc.record({ count: fc.nat({ max: 900 }), medianMs: fc.nat({ max: 10_000_000 }) })
const facts: fc.Arbitrary<ScoreFacts> = fc.record({
  successes: fc.nat({ max: 1_000 }),
  failures: fc.nat({ max: 1_000 }),
  recent: sample,
  past: sample,
  restarts: fc.nat({ max: 10_000 }),
})
const more = fc.integer({ min: 1, max: 1_000_000 })

/** Every way of doing worse. */
const worse: [string, (facts: ScoreFacts, by: number) => ScoreFacts][] = [
  ['more failures', (one, by) => ({ ...one, failures: one.failures + by })],
  ['fewer successes', (one, by) => ({ ...one, successes: Math.max(0, one.successes - by) })],
  [
    'slower executions',
    (one, by) => ({ ...one, recent: { ...one.recent, medianMs: one.recent.medianMs + by } }),
  ],
  [
    'a quicker past to be compared with',
    (one, by) => ({ ...one, past: { ...one.past, medianMs: Math.max(0, one.past.medianMs - by) } }),
  ],
  ['more restarts', (one, by) => ({ ...one, restarts: one.restarts + by })],
]

describe('the score', () => {
  it('lies between 0 and 100, and is the sum of its parts', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const { total, success, latency, calm } = scoreOf(one)
        expect(total).toBeGreaterThanOrEqual(0)
        expect(total).toBeLessThanOrEqual(100)
        expect(Math.abs(success + latency + calm - total)).toBeLessThanOrEqual(0.2)
      }),
    )
  })

  it.each(worse)('is never raised by %s', (_, makeWorse) => {
    fc.assert(
      fc.property(facts, more, (one, by) => {
        expect(scoreOf(makeWorse(one, by)).total).toBeLessThanOrEqual(scoreOf(one).total)
      }),
    )
  })

  it('falls by no more than 10 points for one failure, and by no more than 2 for one restart or slow execution', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const { total } = scoreOf(one)
        expect(total - scoreOf({ ...one, failures: one.failures + 1 }).total).toBeLessThanOrEqual(10.1)
        expect(total - scoreOf({ ...one, restarts: one.restarts + 1 }).total).toBeLessThanOrEqual(1.5)
        const first = { ...one, recent: { count: 1, medianMs: 10_000_000 }, past: { count: 1, medianMs: 1 } }
        expect(25 - scoreOf(first).latency).toBeLessThanOrEqual(2)
      }),
    )
  })

  it.each<[string, Partial<ScoreFacts>, number]>([
    ['a worker without a fault', { successes: 100 }, 100],
    ['one of two failed', { successes: 50, failures: 50 }, 71.4],
    ['all failed', { failures: 1_000 }, 40.3],
    [
      'twice as slow as it was',
      { recent: { count: 100, medianMs: 200 }, past: { count: 100, medianMs: 100 } },
      87.5,
    ],
    ['ten restarts a day', { restarts: 10 }, 92.5],
  ])('%s', (_, some, total) => {
    const nothing = { count: 0, medianMs: 0 }
    const one = { successes: 0, failures: 0, recent: nothing, past: nothing, restarts: 0, ...some }
    expect(scoreOf(one).total).toBe(total)
  })
})
