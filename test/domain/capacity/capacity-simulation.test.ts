import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createCapacityCore } from '../../../src/domain/capacity/capacity-core.ts'
import { simulate } from './simulation/simulation.ts'
import { anyWorld } from './simulation/world.ts'

/** So many events always; JRCTL_CAPACITY_EVENTS=1000000 for a long run. */
const events = Number(process.env['JRCTL_CAPACITY_EVENTS'] ?? 60_000)
const eventsEach = 1000

it(
  `keeps its promises through ${events} events of any kind`,
  () => {
    let happened = 0
    fc.assert(
      fc.property(anyWorld(eventsEach), (world) => {
        happened += simulate(createCapacityCore, world).events
      }),
      { numRuns: Math.ceil(events / eventsEach) },
    )
    expect(happened).toBeGreaterThanOrEqual(events)
  },
  60_000 + events / 10,
)
