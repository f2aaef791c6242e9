import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MemoryLevel, nextMemoryLevel } from '../../../src/domain/memory.ts'
import {
  type FleetMemory,
  type ShedCandidate,
  type ShedWorker,
  planShedding,
} from '../../../src/domain/memory/shedding.ts'

const thresholds = { warnPercent: 80, criticalPercent: 90, recoverPercent: 75 }
const minuteMs = 60_000

function memory(more: Partial<FleetMemory> = {}): FleetMemory {
  const standing = { heapLevel: 'normal', fleetLevel: 'normal', fleetBytes: 0, budgetBytes: 1_000 } as const
  return { ...standing, thresholds, nowMs: 0, ...more }
}

function candidate(name: string, rssBytes: number, more: Partial<ShedCandidate> = {}): ShedCandidate {
  return { name, rssBytes, priority: 3, isUp: true, isShed: false, ...more }
}

function out(name: string, rssBytes: number, more: Partial<ShedWorker> = {}): ShedWorker {
  return { name, rssBytes, by: 'fleet', times: 1, shedAtMs: 0, letBackAtMs: null, ...more }
}

const names = (shed: readonly ShedWorker[]): string[] => shed.map(({ name }) => name)

describe('who goes', () => {
  const fleet = [
    candidate('small', 100),
    candidate('large', 300),
    candidate('middle', 200),
    candidate('vital', 350, { priority: 1 }),
  ]

  it('nobody while all is well', () => {
    expect(planShedding(memory({ fleetLevel: 'warning', heapLevel: 'warning' }), fleet, [])).toEqual({
      shed: [],
      letBack: [],
      known: [],
    })
  })

  it('all of priority 3 for the heap, which is not theirs', () => {
    const plan = planShedding(memory({ heapLevel: 'critical' }), fleet, [])
    expect(names(plan.shed)).toEqual(['large', 'middle', 'small'])
    expect(plan.shed.every(({ by }) => by === 'heap')).toBe(true)
  })

  it.each([
    [950, ['large']],
    [1_250, ['large', 'middle']],
    [1_450, ['large', 'middle', 'small']],
    [9_000, ['large', 'middle', 'small']],
  ])('for a fleet of %d of 1,000 the largest first, until it is below 90 %%', (fleetBytes, expected) => {
    expect(names(planShedding(memory({ fleetLevel: 'critical', fleetBytes }), fleet, []).shed)).toEqual(
      expected,
    )
  })

  it('nobody twice, nobody who has no process, and never who is more than normal', () => {
    const others = [
      candidate('out', 500, { isShed: true, isUp: false }),
      candidate('resting', 500, { isUp: false }),
      candidate('important', 500, { priority: 2 }),
    ]
    const plan = planShedding(
      memory({ fleetLevel: 'critical', fleetBytes: 2_000, heapLevel: 'critical' }),
      others,
      [],
    )
    expect(plan.shed).toEqual([])
  })
})

describe('who returns', () => {
  const gone = (...shed: ShedWorker[]) =>
    shed.map(({ name }) => candidate(name, 0, { isUp: false, isShed: true }))

  it('who fits below the warning, the smallest first', () => {
    const shed = [out('large', 300), out('small', 100), out('middle', 200)]
    const plan = planShedding(memory({ fleetBytes: 450 }), gone(...shed), shed)
    expect(plan.letBack).toEqual(['small', 'middle'])
  })

  it('nobody before both pressures are over', () => {
    const shed = [out('small', 1)]
    for (const level of ['warning', 'critical'] as const) {
      expect(planShedding(memory({ heapLevel: level }), gone(...shed), shed).letBack).toEqual([])
      expect(planShedding(memory({ fleetLevel: level }), gone(...shed), shed).letBack).toEqual([])
    }
  })

  it('one at a time, after a rest, who would not fit: it may be smaller when it is new', () => {
    const shed = [out('first', 900), out('second', 950)]
    const at = (nowMs: number) =>
      planShedding(memory({ fleetBytes: 500, nowMs }), gone(...shed), shed).letBack
    expect(at(10 * minuteMs - 1)).toEqual([])
    expect(at(10 * minuteMs)).toEqual(['first'])
  })

  it('at once, who went for the heap alone; after a rest, who had to go again within the hour', () => {
    const first = [out('worker', 0, { by: 'heap' })]
    expect(planShedding(memory(), gone(...first), first).letBack).toEqual(['worker'])
    const again = [out('worker', 0, { by: 'heap', times: 2 })]
    expect(planShedding(memory({ nowMs: 20 * minuteMs - 1 }), gone(...again), again).letBack).toEqual([])
    expect(planShedding(memory({ nowMs: 20 * minuteMs }), gone(...again), again).letBack).toEqual(['worker'])
  })

  it('whom an earlier daemon had taken out', () => {
    const plan = planShedding(memory(), gone(out('worker', 0)), [])
    expect(plan.letBack).toEqual(['worker'])
  })

  it('nobody whom an operator has started himself', () => {
    const plan = planShedding(memory(), [candidate('worker', 10)], [out('worker', 10)])
    expect(plan.letBack).toEqual([])
  })
})

describe('a fleet over hours', () => {
  interface Simulated {
    changes: number
    /** By worker. */
    sheds: Map<string, number>
  }

  /** Workers of these sizes, looked at once a minute; what is heard of them wavers by up to `noise` percent. */
  function simulate(
    sizes: readonly number[],
    budgetBytes: number,
    noise: readonly number[],
    minutes: number,
  ): Simulated {
    let fleetLevel: MemoryLevel = 'normal'
    let known: ShedWorker[] = []
    let changes = 0
    const sheds = new Map<string, number>()
    const isOut = new Set<string>()
    for (let minute = 0; minute < minutes; minute += 1) {
      const wavers = 1 + (noise[minute % noise.length] ?? 0) / 100
      const candidates = sizes.map((size, index) => {
        const isShed = isOut.has(String(index))
        return candidate(String(index), isShed ? 0 : size * wavers, { isShed, isUp: !isShed })
      })
      const fleetBytes = candidates.reduce((sum, { rssBytes }) => sum + rssBytes, 0)
      const nowMs = minute * minuteMs
      fleetLevel = nextMemoryLevel(fleetLevel, (100 * fleetBytes) / budgetBytes, thresholds)
      const plan = planShedding(memory({ fleetLevel, fleetBytes, budgetBytes, nowMs }), candidates, known)
      known = plan.known
      changes += plan.shed.length + plan.letBack.length
      for (const { name } of plan.shed) {
        isOut.add(name)
        sheds.set(name, (sheds.get(name) ?? 0) + 1)
      }
      for (const name of plan.letBack) isOut.delete(name)
    }
    return { changes, sheds }
  }

  const sizes = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 12 })

  it('does not flap: in a day each worker goes nine times at most, however the fleet is made', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 100, max: 5_000 }), (fleet, budget) => {
        const { sheds } = simulate(fleet, budget, [0], 1_440)
        // At once, and after rests of 10, 20, 40, 80, 160, 320, 360 and 360 min.
        for (const [, times] of sheds) expect(times).toBeLessThanOrEqual(9)
      }),
      { numRuns: 30 },
    )
  })

  it('does nothing at all where readings waver between recovery and warning', () => {
    const noise = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(noise, (wavering) => {
        expect(simulate([400, 370], 1_000, wavering, 500).changes).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  it('lets a leak that is cured by a fresh start come back for good', () => {
    let known: ShedWorker[] = []
    const gone = planShedding(
      memory({ fleetLevel: 'critical', fleetBytes: 950 }),
      [candidate('leaky', 900)],
      known,
    )
    known = gone.known
    const shed = [candidate('leaky', 0, { isShed: true, isUp: false })]
    const tried = planShedding(memory({ fleetBytes: 50, nowMs: 10 * minuteMs }), shed, known)
    expect(tried.letBack).toEqual(['leaky'])
    const calm = planShedding(
      memory({ fleetBytes: 90, nowMs: 80 * minuteMs }),
      [candidate('leaky', 40)],
      tried.known,
    )
    expect(calm).toEqual({ shed: [], letBack: [], known: [] })
  })
})
