import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Priority, type RatedWorker, proposePriorities } from '../../src/domain/score-priorities.ts'

function rated(configured: Priority, inForce: Priority, total: number | null, executions = 100): RatedWorker {
  const score = total === null ? null : { total, success: 0, latency: 0, calm: 0 }
  return { name: 'a_jr', configured, inForce, figures: { successes: executions, failures: 0, score } }
}

const proposed = (worker: RatedWorker): Priority | null => proposePriorities([worker])[0]?.to ?? null

describe('proposals for priorities', () => {
  it.each<[string, RatedWorker, Priority | null]>([
    ['an excellent normal worker goes up', rated(3, 3, 97), 2],
    ['a good one stays', rated(3, 3, 94.9), null],
    ['who went up stays up while it is good', rated(3, 2, 86), null],
    ['and comes back when it is not', rated(3, 2, 84), 3],
    ['a bad important worker goes down', rated(2, 2, 49), 3],
    ['a middling one stays', rated(2, 2, 50), null],
    ['who went down stays down until it is well above', rated(2, 3, 60), null],
    ['and then comes back', rated(2, 3, 65), 2],
    ['an important one goes no higher: critical is what a person says', rated(2, 2, 100), null],
    ['a critical one is left alone', rated(1, 1, 0), null],
    ['few executions are no ground', rated(2, 2, 10, 49), null],
    ['no score is none either', rated(2, 2, null), null],
  ])('%s', (_, worker, to) => {
    expect(proposed(worker)).toBe(to)
  })

  it('name their reason', () => {
    expect(proposePriorities([rated(2, 2, 12.5)])).toEqual([
      { name: 'a_jr', from: 2, to: 3, reason: 'a score of 12.5, below 50, costs it a step' },
    ])
  })

  it('settle: what is proposed is proposed once for a score', () => {
    const configured = fc.constantFrom<Priority>(1, 2, 3)
    fc.assert(
      fc.property(
        configured,
        configured,
        fc.double({ min: 0, max: 100, noNaN: true }),
        (said, inForce, score) => {
          const to = proposed(rated(said, inForce, score)) ?? inForce
          expect(proposed(rated(said, to, score))).toBeNull()
        },
      ),
    )
  })
})
