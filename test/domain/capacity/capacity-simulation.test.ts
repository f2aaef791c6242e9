import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createCapacityCore } from '../../../src/domain/capacity/capacity-core.ts'
import { simulate } from './simulation/simulation.ts'
import { type World, anyWorld } from './simulation/world.ts'

/** So many events always; JRCTL_CAPACITY_EVENTS=1000000 for a long run. */
const events = Number(process.env['JRCTL_CAPACITY_EVENTS'] ?? 60_000)
const eventsEach = 1000

/** A debt of all that one wish may cost, made at a rate of next to nothing, is paid off at a high one. */
const deepestDebt: World = {
  seed: 1641463489,
  events: 1000,
  mode: 'lend',
  holders: 2,
  depth: 0,
  inFlight: 1,
  places: [1],
  baseRate: 10,
  burstMinutes: 2,
  costMax: 1,
  error: 0,
  greedy: false,
  biased: false,
  pauses: false,
  foreign: true,
  churnMs: 20_000,
  serviceMs: 1,
  abort: 0,
  crashes: false,
}

it(
  `keeps its promises through ${events} events of any kind`,
  () => {
    let happened = 0
    fc.assert(
      fc.property(anyWorld(eventsEach), (world) => {
        happened += simulate(createCapacityCore, world).events
      }),
      { numRuns: Math.ceil(events / eventsEach), examples: [[deepestDebt]] },
    )
    expect(happened).toBeGreaterThanOrEqual(events)
  },
  60_000 + events / 10,
)
