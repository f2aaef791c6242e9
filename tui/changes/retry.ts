import { deadLetterOfTask } from '../../src/domain/dead-letter.ts'
import type { TaskId } from '../../src/domain/ids.ts'
import type { Task } from '../../src/domain/task.ts'
import { duration } from '../../src/text/format.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Question, unchanged } from './change.ts'
import { askReplay } from './replay.ts'
import { scheduleQuestion } from './schedule.ts'

export interface RetryChange {
  id: TaskId
  /** `again`: a finished task, from its first attempt. `now`: one that waits for its time, without the wait. */
  how: 'again' | 'now'
  /** Of a scheduled task: the time that it waited for. */
  dueAt?: number
}

/** What there is to know of a task before it is tried again. */
export type RetryCandidate = Pick<Task, 'id' | 'status' | 'version' | 'scheduledAt'>

export const retryChange: ChangeType<'retry'> = {
  async do(client, { id, how, dueAt }, signal) {
    const { changed, task } = await client.call('retryTask', { id }, signal)
    if (!changed) return { sentence: `Task ${id} was ready already.`, ...unchanged }
    const status = task.status.replace('_', ' ')
    if (how === 'again')
      return { sentence: `Task ${id} is ${status} and begins with its first attempt.`, undo: null }
    const sentence = `Task ${id} is ready: it is ${status}.`
    return dueAt === undefined
      ? { sentence, undo: null }
      : { sentence: `${sentence} z lets it wait again.`, undo: scheduleQuestion(id, dueAt) }
  },
}

/** `R` on a task: asks before it is done again, or tried now instead of later. */
export function askRetry(state: AppState, task: RetryCandidate | undefined): Step {
  if (!task) return ask(state, 'No task is chosen.')
  const { id, status, version } = task
  switch (status) {
    case 'failed':
      // Names the death, so that two who want the same have it once.
      return askReplay(state, [{ id: deadLetterOfTask(id), version, kind: 'task' }])
    case 'completed':
      return ask(
        state,
        againQuestion(
          id,
          `Task ${id} is completed. Have it done again, from its first attempt? Its result is dropped.`,
          `jrctl tasks retry ${id} --again`,
        ),
      )
    case 'cancelled':
      return ask(
        state,
        againQuestion(id, `Task ${id} is cancelled. Have it done again, from its first attempt?`),
      )
    case 'retry':
    case 'scheduled':
      return ask(state, nowQuestion(state, task))
    case 'in_progress':
      return ask(state, `Task ${id} is in progress; x cancels it, then R has it done again.`)
    case 'pending':
    case 'assigned':
      return ask(state, `Task ${id} is ready already; u puts it before the others.`)
    default:
      return status satisfies never
  }
}

/** Has a finished task done again. */
export function againQuestion(id: TaskId, preview: string, command = `jrctl tasks retry ${id}`): Question {
  return { preview, command, change: { kind: 'retry', id, how: 'again' } }
}

function nowQuestion({ status }: AppState, { id, scheduledAt, ...task }: RetryCandidate): Question {
  const leftMs = scheduledAt === null ? 0 : scheduledAt - status.at.wallMs
  const when = leftMs > 0 ? ` in ${duration(leftMs)}` : ' now'
  const what =
    task.status === 'retry' ? `Its next attempt is due${when}` : `It is scheduled to be ready${when}`
  const preview = `Make task ${id} ready at once? ${what}.`
  const due = task.status === 'scheduled' && scheduledAt !== null && leftMs > 0 ? { dueAt: scheduledAt } : {}
  return { preview, command: `jrctl tasks retry ${id}`, change: { kind: 'retry', id, how: 'now', ...due } }
}
