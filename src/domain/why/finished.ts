import { duration } from '../duration-words.ts'
import { foreignWriter } from '../foreign-writer.ts'
import { standing, type Reason } from './reason.ts'
import type { TaskStanding, WhyFacts } from './standing.ts'
import { ago, because, counted, ended, shown } from './words.ts'

/** How and when it ended; what can be done about it. */
export function finishedReasons({ standing: facts, daemon }: WhyFacts): Reason[] {
  const { task, statusAgeMs } = facts
  const writer = daemon.up ? (daemon.finishedBy ?? null) : null
  const replay = `Have it done again with: jrctl tasks retry ${task.id}`
  if (task.status === 'completed') {
    return [
      standing(
        'completed',
        `It was completed ${ago(statusAgeMs)}${completedWords(facts, writer)}${tookWords(facts)}${triesWords(facts)}.`,
        `See its result with: jrctl tasks show ${task.id}`,
      ),
    ]
  }
  if (task.status === 'failed') {
    const tries =
      task.attempts > 0 ? `, after ${counted(task.attempts, 'attempt')} of ${task.maxAttempts}` : ''
    const error = task.error ?? facts.last?.error ?? null
    const died = ended(
      `It failed for good ${ago(statusAgeMs)}${foreignWords(facts)}${tries}${because(error)}`,
    )
    const next = `See its whole story with: jrctl dlq show ${task.id}, have it done again with: jrctl dlq replay ${task.id}`
    return [standing('failed', died, next)]
  }
  return [
    standing(
      'cancelled',
      ended(`It was cancelled ${ago(statusAgeMs)}${writerWords(facts, writer)}${because(task.error)}`),
      replay,
    ),
  ]
}

/** A worker of ours, or another program. */
function completedWords(facts: TaskStanding, writer: string | null): string {
  return facts.last?.outcome === 'completed' ? ` by ${shown(facts.last.jrName)}` : writerWords(facts, writer)
}

/** The plain SQL that ended a worker's attempt under it, whose work is lost; else whoever is known to have ended the task. */
function writerWords(facts: TaskStanding, writer: string | null): string {
  const foreign = foreignWords(facts)
  return foreign === '' && writer !== null ? ` by ${shown(writer)}` : foreign
}

function foreignWords({ last, statusAgeMs }: TaskStanding): string {
  const writer = last === null ? null : foreignWriter(last)
  if (last === null || writer === null || statusAgeMs === null) return ''
  const isItsEnd = Math.abs(last.endedAgeMs - statusAgeMs) <= sameTransactionMs
  return isItsEnd
    ? ` by plain SQL of ${shown(writer)}, which ended attempt ${last.attempt} of ${shown(last.jrName)}`
    : ''
}

/** The trigger gives both changes the time of one transaction; an attempt that ended earlier is another story. */
const sameTransactionMs = 1

function tookWords({ task: { startedAt, completedAt } }: TaskStanding): string {
  return startedAt === null || completedAt === null || completedAt < startedAt
    ? ''
    : `, in ${duration(completedAt - startedAt)}`
}

function triesWords({ task }: TaskStanding): string {
  return task.attempts > 1 ? `, at attempt ${task.attempts} of ${task.maxAttempts}` : ''
}
