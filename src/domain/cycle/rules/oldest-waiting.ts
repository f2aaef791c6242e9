import { duration } from '../../duration-words.ts'
import type { BuiltInRule } from './rule.ts'
import { forceRun } from './plans/force-run.ts'

const waitMaxMs = 60 * 60_000

export const oldestWaiting: BuiltInRule = {
  name: 'oldest_waiting',
  priority: 8,
  action: 'force_run',
  condition: 'the oldest waiting task has waited for over 60 min',
  does: 'puts those that have waited so long before all that is not urgent; out of the line of a Jr that is offline',
  looksAt: ['jobs.oldestWaitingMs', 'jobs.oldest'],
  judge: ({ jobs }) => {
    const waitMs = jobs.oldestWaitingMs
    if (waitMs === null) return { verdict: 'holds_not', reason: 'no task waits for a worker' }
    const figure = `the oldest waiting task has waited ${duration(waitMs)}`
    return waitMs > waitMaxMs
      ? { verdict: 'holds', reason: `${figure}, more than 60 min` }
      : { verdict: 'holds_not', reason: `${figure}, not more than 60 min` }
  },
  plan: ({ jobs }, means) =>
    forceRun(
      jobs.oldest.filter(({ ageMs }) => ageMs > waitMaxMs),
      means,
    ),
}
