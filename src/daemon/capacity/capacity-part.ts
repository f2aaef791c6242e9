import type { Policy } from '../../config/policy.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Nodes } from '../../ports/nodes.ts'
import type { Random } from '../../ports/random.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { type CapacityDesk, createCapacityDesk } from './capacity-desk.ts'
import { rulesOf } from './capacity-rules.ts'
import { createNodeCount } from './node-count.ts'

/** The desk with what its rules depend on: the configuration, and how many nodes there are. */
export interface CapacityPart extends Omit<CapacityDesk, 'setRules' | 'empty' | 'stop'> {
  start(): void
  setPolicy(policy: Policy): void
  /** Refuses, and keeps the balances. */
  stop(): Promise<void>
}

const unitKey = 'capacity.unit'

export function createCapacityPart(deps: {
  policy: Policy
  store: StateStore
  nodes: Pick<Nodes, 'list'>
  lookAgain(): void
  clock: Clock
  random: Random
  logger: Logger
}): CapacityPart {
  let { policy } = deps
  let nodes = 1
  const { store } = deps
  // A debt of tokens would take as many requests hours to pay off.
  if (isOtherUnit(policy)) store.saveBuckets([])
  keepUnit()
  const desk = createCapacityDesk({ ...deps, rules: rulesOf(policy, nodes) })
  const count = createNodeCount({
    ...deps,
    isNeeded: () => rulesOf(policy, nodes).untracked > 0,
    counted(found) {
      if (found === nodes) return
      nodes = found
      desk.setRules(rulesOf(policy, nodes))
    },
  })

  function isOtherUnit({ capacity }: Policy): boolean {
    return (store.get(unitKey) ?? capacity.unit) !== capacity.unit
  }

  function keepUnit(): void {
    const { unit } = policy.capacity
    if (store.get(unitKey) !== unit) store.put(unitKey, unit)
  }

  return {
    ...desk,
    start: () => count.start(),
    setPolicy(next) {
      policy = next
      desk.setRules(rulesOf(policy, nodes))
      if (isOtherUnit(policy)) desk.empty()
      keepUnit()
      count.wake()
    },
    async stop() {
      await count.stop()
      desk.stop()
    },
  }
}
