import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusal } from '../../../src/domain/runs/admission.ts'
import { compareRuns, nextRun } from '../../../src/domain/runs/run-queue.ts'

const run = fc.record({
  priority: fc.constantFrom(1, 2, 3),
  depth: fc.integer({ min: 0, max: 3 }),
  since: fc.integer({ min: 0, max: 5 }),
})
const runs = fc.array(run, { maxLength: 30 }).map((all) => all.map((one, number) => ({ ...one, number })))

test.each([
  [
    'priority before all',
    { priority: 1, depth: 3, since: 9, number: 9 },
    { priority: 2, depth: 0, since: 0, number: 0 },
  ],
  [
    'then the shallower',
    { priority: 1, depth: 0, since: 9, number: 9 },
    { priority: 1, depth: 1, since: 0, number: 0 },
  ],
  [
    'then the older',
    { priority: 1, depth: 1, since: 0, number: 9 },
    { priority: 1, depth: 1, since: 1, number: 0 },
  ],
  [
    'then the first',
    { priority: 1, depth: 1, since: 1, number: 0 },
    { priority: 1, depth: 1, since: 1, number: 1 },
  ],
])('%s', (_, first, second) => {
  expect(compareRuns(first, second)).toBeLessThan(0)
  expect(compareRuns(second, first)).toBeGreaterThan(0)
})

test('the next is the least of those that may begin, wherever it stands', () => {
  fc.assert(
    fc.property(runs, fc.func(fc.boolean()), (all, may) => {
      const mayBegin = ({ number }: { number: number }): boolean => may(number)
      const sorted = all.filter(mayBegin).toSorted(compareRuns)
      expect(nextRun(all, mayBegin)).toEqual(sorted[0])
      expect(nextRun(all.toReversed(), mayBegin)).toEqual(sorted[0])
    }),
  )
})

const facts = {
  on: 0,
  maxConcurrent: 1,
  overlap: 'skip',
  catchingUp: false,
  waiting: 0,
  queueMax: 10,
} as const

test.each([
  [{}, null],
  [{ on: 1 }, 'one is on already (max_concurrent = 1, overlap = "skip")'],
  [{ on: 2, maxConcurrent: 2 }, '2 are on already (max_concurrent = 2, overlap = "skip")'],
  [{ on: 1, maxConcurrent: 2 }, null],
  [{ on: 9, overlap: 'queue' as const }, null],
  [{ on: 1, catchingUp: true }, null],
  [{ waiting: 10, overlap: 'queue' as const }, '10 runs wait already (supervisor.run_queue = 10)'],
  [{ waiting: 10, catchingUp: true }, '10 runs wait already (supervisor.run_queue = 10)'],
])('%j is admitted or refused', (changes, why) => {
  expect(refusal({ ...facts, ...changes })).toBe(why)
})
