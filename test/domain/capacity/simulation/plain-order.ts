import type { CapacityRules } from '../../../../src/domain/capacity/capacity-core.ts'
import { orderInProgress, type PositionInput } from '../../../../src/domain/positions.ts'
import type { Level } from './fairness.ts'

export interface PlainOrder {
  levels: Level[]
  weights: number[]
  /** This node's part of the whole. */
  part: number
}

/**
 * The order and what follows from it, by the plainest means. Parties are the tasks by index, then the untracked, then the
 * tail as a whole.
 */
export function plainOrder(
  tasks: readonly { index: number; row: PositionInput | null; own: boolean }[],
  rules: CapacityRules,
  parties: number,
): PlainOrder {
  const [untracked, group] = [parties - 2, parties - 1]
  const depth = rules.depth === 0 ? 50 : rules.depth
  const order = orderInProgress(tasks.flatMap(({ row }) => (row === null ? [] : [row])))
  const inTail = Math.max(0, order.length - depth) + rules.untracked
  const share = (place: number): number => (place < depth ? 2 ** -(place + 1) : 2 ** -depth / inTail)
  const levels: Level[] = Array.from({ length: parties }, () => 'none')
  const weights = levels.map(() => 0)
  let [own, all] = rules.untracked === 0 ? [0, 0] : [share(Infinity), rules.untracked * share(Infinity)]
  for (const [place, { id }] of order.entries()) {
    all += share(place)
    if (tasks[id - 1]?.own !== true) continue
    own += share(place)
    levels[id - 1] = place < depth ? 'top' : 'tail'
    weights[id - 1] = place < depth ? share(place) : 1
  }
  if (rules.untracked > 0) levels[untracked] = 'tail'
  if (rules.untracked > 0) weights[untracked] = 1
  if (levels.includes('tail')) levels[group] = 'top'
  weights[group] = 2 ** -depth
  return { levels, weights, part: all === 0 ? 1 : own / all }
}
