import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelayMs, restartDelayMs, taskBackoff } from '../../src/domain/backoff.ts'

const backoff = fc
  .record({
    initialMs: fc.integer({ min: 0, max: 600_000 }),
    more: fc.integer({ min: 0, max: 3_600_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ initialMs, more, jitter }) => ({ initialMs, maxMs: initialMs + more, jitter }))
const attempt = fc.integer({ min: -1, max: 100_000 })
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('restarts wait 5 s, then twice as long each time, at most 300 s', () => {
  const defaults = { initialMs: 5_000, maxMs: 300_000, jitter: 0 }
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map((tries) => backoffDelayMs(tries, defaults, 0.5))
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1000))
})

test('tasks wait likewise', () => {
  expect([1, 2, 3, 7].map((tries) => backoffDelayMs(tries, taskBackoff, 0))).toEqual([
    5_000, 10_000, 20_000, 300_000,
  ])
})

test('the wait is a whole number within its jitter and never above the cap', () => {
  fc.assert(
    fc.property(attempt, backoff, unit, (tries, plan, chance) => {
      const full = backoffDelayMs(tries, { ...plan, jitter: 0 }, chance)
      const delayMs = backoffDelayMs(tries, plan, chance)
      expect(Number.isSafeInteger(delayMs)).toBe(true)
      expect(delayMs).toBeLessThanOrEqual(Math.min(full, plan.maxMs))
      expect(delayMs).toBeGreaterThanOrEqual(Math.floor(full * (1 - plan.jitter)))
      expect(full).toBeGreaterThanOrEqual(plan.initialMs)
    }),
  )
})

test('without jitter a later try never waits less', () => {
  fc.assert(
    fc.property(attempt, backoff, (tries, plan) => {
      const calm = { ...plan, jitter: 0 }
      expect(backoffDelayMs(tries + 1, calm, 0)).toBeGreaterThanOrEqual(backoffDelayMs(tries, calm, 0))
    }),
  )
})

test('without a wait the first restart is at once, and a program that goes on ending waits all the same', () => {
  const none = { initialMs: 0, maxMs: 10_000, jitter: 0 }
  const waits = [1, 2, 3, 4, 5, 6, 7].map((tries) => restartDelayMs(tries, none, 0))
  expect(waits).toEqual([0, 1, 2, 4, 8, 10, 10].map((seconds) => seconds * 1000))
  fc.assert(
    fc.property(attempt, backoff, unit, (tries, plan, chance) => {
      const waitMs = restartDelayMs(tries, plan, chance)
      if (plan.initialMs > 0) expect(waitMs).toBe(backoffDelayMs(tries, plan, chance))
      expect(waitMs).toBeLessThanOrEqual(Math.max(plan.maxMs, 0))
    }),
  )
})
