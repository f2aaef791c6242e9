import { counted } from './judgement.ts'
import { retry } from './plans/retry.ts'
import type { BuiltInRule } from './rule.ts'

export const recentFailures: BuiltInRule = {
  name: 'recent_failures',
  priority: 8,
  action: 'retry_failed',
  condition: 'something failed within the last hour',
  does: 'brings retries that wait for their time forward, and dead letters of the last hour back (each twice at most)',
  looksAt: ['jobs.failures1h', 'jobs.retries', 'jobs.dead'],
  judge: ({ jobs: { failures1h } }) =>
    failures1h > 0
      ? {
          verdict: 'holds',
          reason: `something failed ${counted(failures1h, 'time', 'times')} within the last hour`,
        }
      : { verdict: 'holds_not', reason: 'nothing failed within the last hour' },
  plan: retry,
}
