import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isSetAnew,
  lateMs,
  missedMax,
  missedPolicies,
  passedTimes,
} from '../../../src/domain/runs/passed-times.ts'
import type { Timetable } from '../../../src/domain/runs/timetable.ts'

/** Due at each multiple of `everyMs`. */
function every(everyMs: number): Timetable {
  return {
    next: (afterMs) => (Math.floor(afterMs / everyMs) + 1) * everyMs,
    latest: (untilMs, count) => {
      const last = Math.floor(untilMs / everyMs)
      return Array.from({ length: count }, (_, index) => (last - count + 1 + index) * everyMs)
    },
  }
}

const minute = 60_000
const minutely = every(minute)

describe('the times that passed', () => {
  test('one that comes is due under every policy', () => {
    for (const policy of missedPolicies) {
      expect(passedTimes(minutely, 9 * minute, 10 * minute + 5, policy)).toEqual({
        due: [10 * minute],
        missed: 0,
        uncounted: false,
        seenMs: 10 * minute,
      })
    }
  })

  test('none is due twice, nor before it comes', () => {
    expect(passedTimes(minutely, 10 * minute, 11 * minute - 1, 'all')).toMatchObject({
      due: [],
      seenMs: null,
    })
  })

  test.each([
    ['once', [10 * minute], 4],
    ['skip', [], 5],
    ['all', [6, 7, 8, 9, 10].map((at) => at * minute), 0],
  ] as const)('five that nobody saw: %s', (policy, due, missed) => {
    const fiveMinutes = every(minute)
    const nowMs = 10 * minute + lateMs + 1
    // The eleventh is due as well: take a table that ends.
    const ended: Timetable = { ...fiveMinutes, latest: (_, count) => fiveMinutes.latest(10 * minute, count) }
    expect(passedTimes(ended, 5 * minute, nowMs, policy)).toMatchObject({ due, missed, seenMs: 10 * minute })
  })

  test('a late one is not missed', () => {
    expect(passedTimes(every(3_600_000), 0, 3_600_000 + lateMs, 'skip').due).toEqual([3_600_000])
    expect(passedTimes(every(3_600_000), 0, 3_600_000 + lateMs + 1, 'skip').due).toEqual([])
  })

  test('a year by the second is neither caught up with nor counted', () => {
    const passed = passedTimes(every(1000), 0, 365 * 86_400_000, 'all')
    expect(passed.due).toHaveLength(missedMax)
    expect(passed.uncounted).toBe(true)
    expect(passed.due.at(-1)).toBe(passed.seenMs)
  })

  test('whatever the looks, each time is due at most once, and under "all" each one that was not too far back', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 90 * minute }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(gaps, fc.constantFrom(...missedPolicies), (gapsMs, policy) => {
        let seenMs = 0
        let nowMs = 0
        const due: number[] = []
        for (const gapMs of gapsMs) {
          nowMs += gapMs
          const passed = passedTimes(minutely, seenMs, nowMs, policy)
          due.push(...passed.due)
          expect(passed.due.length + passed.missed).toBe(
            Math.floor(nowMs / minute) - Math.floor(seenMs / minute),
          )
          seenMs = passed.seenMs ?? seenMs
        }
        expect(new Set(due).size).toBe(due.length)
        expect(due.every((at) => at <= nowMs)).toBe(true)
        if (policy === 'all') expect(due).toHaveLength(Math.floor(nowMs / minute))
      }),
    )
  })
})

test('a clock that is set back a little is waited for, one that was wrong by hours is believed', () => {
  expect(isSetAnew(3_600_000, 0)).toBe(false)
  expect(isSetAnew(3 * 3_600_000, 0)).toBe(false)
  expect(isSetAnew(3 * 3_600_000 + 1, 0)).toBe(true)
})
