import { above, counted } from './judgement.ts'
import { rebalance } from './plans/rebalance.ts'
import type { BuiltInRule } from './rule.ts'

const waitingMax = 50

export const queueSaturated: BuiltInRule = {
  name: 'queue_saturated',
  priority: 9,
  action: 'rebalance_queue',
  condition: `more than ${waitingMax} tasks wait for a worker`,
  does: 'moves waiting tasks of offline Jrs, and from the ends of the longest lines, to the least loaded Jrs that are online and accept them',
  looksAt: ['jobs.waiting', 'workers.lines'],
  judge: ({ jobs }) =>
    above(
      jobs.waiting,
      waitingMax,
      counted(jobs.waiting, 'task waits for a worker', 'tasks wait for a worker'),
    ),
  plan: rebalance,
}
