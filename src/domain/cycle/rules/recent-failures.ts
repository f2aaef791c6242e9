import { above, counted } from './judgement.ts'
import { retry } from './plans/retry.ts'
import type { BuiltInRule } from './rule.ts'

const failuresMax = 0

export const recentFailures: BuiltInRule = {
  name: 'recent_failures',
  priority: 8,
  action: 'retry_failed',
  condition: 'something failed within the last hour',
  does: 'brings retries that wait for their time forward, and dead letters of the last hour back (each twice at most)',
  looksAt: ['jobs.failures1h', 'jobs.retries', 'jobs.dead'],
  judge: ({ jobs }) =>
    above(
      jobs.failures1h,
      failuresMax,
      counted(jobs.failures1h, 'failure within the last hour', 'failures within the last hour'),
    ),
  plan: retry,
}
