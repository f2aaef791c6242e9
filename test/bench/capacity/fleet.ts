import { type CapacityCore, createCapacityCore } from '../../../src/domain/capacity/capacity-core.ts'
import { taskId } from '../../../src/domain/ids.ts'
import type { PositionInput } from '../../../src/domain/positions.ts'
import { type Dice, diceOf } from '../../chaos/random.ts'

/** A core with so many tasks in progress, each of which waits for capacity. */
export interface CoreFleet {
  core: CapacityCore
  dice: Dice
  task(id: number): PositionInput
}

/** Started in no particular order, so that ids and positions have nothing to do with one another. */
export function fleetOf(count: number): CoreFleet {
  const dice = diceOf(count)
  // More capacity than can be asked for: what is measured is the choice, not the wait.
  const core = createCapacityCore(
    {
      mode: 'lend',
      baseRate: 1e12,
      burstMinutes: 2,
      depth: 7,
      inFlight: 64,
      untracked: 0,
      costMax: Infinity,
      waitingPerHolderMax: 10,
      waitingMax: 10 * count,
    },
    0,
  )
  const task = (id: number): PositionInput => ({
    id: taskId(id),
    urgent: false,
    urgentAt: null,
    startedAt: (id * 7_919) % 1_000_003,
  })
  for (let id = 1; id <= count; id += 1) core.enter(task(id), true, 1)
  for (let id = 1; id <= count; id += 1) askFor(core, id, 1)
  return { core, dice, task }
}

/** One of two upstreams, like a gateway's. */
export function askFor(core: CapacityCore, id: number, nowMs: number): void {
  core.ask({ holder: taskId(id), amount: 1 + (id % 5), lane: id % 2 === 0 ? 'even' : 'odd' }, nowMs)
}
