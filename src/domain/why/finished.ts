import { duration } from '../duration-words.ts'
import { standing, type Reason } from './reason.ts'
import type { TaskStanding } from './standing.ts'
import { ago, because, counted, ended, shown } from './words.ts'

/** How and when it ended; what can be done about it. */
export function finishedReasons(facts: TaskStanding): Reason[] {
  const { task, statusAgeMs } = facts
  const replay = `Have it done again with: jrctl tasks retry ${task.id}`
  if (task.status === 'completed') {
    const by = facts.last?.outcome === 'completed' ? ` by ${shown(facts.last.jrName)}` : ''
    return [
      standing(
        'completed',
        `It was completed ${ago(statusAgeMs)}${by}${tookWords(facts)}${triesWords(facts)}.`,
        `See its result with: jrctl tasks show ${task.id}`,
      ),
    ]
  }
  if (task.status === 'failed') {
    const tries =
      task.attempts > 0 ? `, after ${counted(task.attempts, 'attempt')} of ${task.maxAttempts}` : ''
    const error = task.error ?? facts.last?.error ?? null
    const died = ended(`It failed for good ${ago(statusAgeMs)}${tries}${because(error)}`)
    const next = `See its whole story with: jrctl dlq show ${task.id}, have it done again with: jrctl dlq replay ${task.id}`
    return [standing('failed', died, next)]
  }
  return [standing('cancelled', ended(`It was cancelled ${ago(statusAgeMs)}${because(task.error)}`), replay)]
}

function tookWords({ task: { startedAt, completedAt } }: TaskStanding): string {
  return startedAt === null || completedAt === null || completedAt < startedAt
    ? ''
    : `, in ${duration(completedAt - startedAt)}`
}

function triesWords({ task }: TaskStanding): string {
  return task.attempts > 1 ? `, at attempt ${task.attempts} of ${task.maxAttempts}` : ''
}
