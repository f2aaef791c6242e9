import type { UpstreamPolicy } from '../../../src/config/policy.ts'
import { rulesOf } from '../../../src/daemon/capacity/capacity-rules.ts'
import { type CapacityDesk, createCapacityDesk } from '../../../src/daemon/capacity/capacity-desk.ts'
import type { PlacedTask } from '../../../src/daemon/capacity/order-changes.ts'
import type { TaskId } from '../../../src/domain/ids.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { policyOf } from '../../daemon/policy.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import type { ServedOptions } from './served-gateway.ts'

/** The daemon's own capacity, and who is in progress. */
export interface OpenCapacity {
  capacity: CapacityDesk
  /** Below all others. */
  enter(id: TaskId): void
  leave(id: TaskId): void
  stop(): void
}

export function openCapacity(
  options: ServedOptions,
  routes: readonly UpstreamPolicy[],
  clock: Clock,
): OpenCapacity {
  const { unit, baseRate, mode = 'lend', inFlight = 64 } = options
  const policy = policyOf()
  const rules = rulesOf(
    {
      capacity: { ...policy.capacity, unit, baseRate, mode, inFlight },
      gateway: { ...policy.gateway, ...options.gateway },
    },
    1,
  )
  const capacity = createCapacityDesk({
    rules,
    store: fakeStateStore(),
    lookAgain: () => {},
    clock,
    random: fakeRandom(),
    logger: fakeLogger(),
  })
  capacity.setLanes(routes.map(({ name, maxInFlight }) => ({ name, places: maxInFlight })))
  let order: PlacedTask[] = []
  const tell = (tasks: PlacedTask[]) => {
    order = tasks
    capacity.order(order, clock.monotonicMs())
  }
  return {
    capacity,
    enter: (id) => tell([...order, { id, urgent: false, urgentAt: null, startedAt: id, own: true }]),
    leave: (id) => tell(order.filter((task) => task.id !== id)),
    stop: () => capacity.stop(),
  }
}
