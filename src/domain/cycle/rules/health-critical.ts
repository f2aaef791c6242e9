import { below } from './judgement.ts'
import { emergency } from './plans/rebalance.ts'
import type { BuiltInRule } from './rule.ts'

const scoreMin = 50

/** The plain rebalance asks the same of the same lines, and so gives way to this one. */
export const healthCritical: BuiltInRule = {
  name: 'health_critical',
  priority: 10,
  action: 'rebalance_queue',
  condition: `the health score is below ${scoreMin}`,
  does: 'moves waiting tasks as queue_saturated does; where emergency_dead_letter allows it, also gives up what has waited for over 2 h (a dead letter, which can be replayed)',
  looksAt: ['system.score', 'workers.lines', 'jobs.oldest'],
  judge: ({ system }) => below(system.score, scoreMin, `health is at ${system.score} of 100`),
  plan: emergency,
}
