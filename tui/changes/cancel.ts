import type { JrName, TaskId } from '../../src/domain/ids.ts'
import { isFinished, type TaskStatus } from '../../src/domain/task.ts'
import { safe } from '../../src/text/fit.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, unchanged } from './change.ts'
import { againQuestion } from './retry.ts'

export interface CancelChange {
  id: TaskId
  /** It waited for a time, which is not kept. */
  wasScheduled?: true
}

/** What there is to know of a task before it is cancelled. */
export interface CancelCandidate {
  id: TaskId
  status: TaskStatus
  /** Its Jr; null: nobody's yet. */
  assignedJr: JrName | null
}

export const cancelChange: ChangeType<'cancel'> = {
  async do(client, { id, wasScheduled }, signal) {
    const { changed } = await client.call('cancelTask', { id }, signal)
    if (!changed) return { sentence: `Task ${id} was cancelled already.`, ...unchanged }
    // Its attempt is lost; what can be had back is the task.
    return {
      sentence: `Task ${id} is cancelled. z has it done again${wasScheduled ? ', at once' : ', from its first attempt'}.`,
      undo: againQuestion(
        id,
        wasScheduled
          ? `Have the cancelled task ${id} done after all? The time that it waited for is gone: it is ready at once.`
          : `Have the cancelled task ${id} done again? It begins with its first attempt.`,
      ),
    }
  },
}

/** `x`: asks before it cancels a task. */
export function askCancel(state: AppState, task: CancelCandidate | undefined): Step {
  if (!task) return ask(state, 'No task is chosen.')
  const { id, status } = task
  if (isFinished(status)) return ask(state, `Task ${id} is ${status}; there is nothing left to cancel.`)
  return ask(state, {
    preview: `Cancel task ${id}? ${consequence(task)}`,
    command: `jrctl tasks cancel ${id}`,
    change: { kind: 'cancel', id, ...(status === 'scheduled' ? { wasScheduled: true } : {}) },
  })
}

const waitsAs = {
  pending: 'waits for a Jr',
  assigned: 'waits for its Jr',
  scheduled: 'is scheduled',
  retry: 'waits for its next attempt',
  completed: 'is completed',
  failed: 'is dead',
  cancelled: 'is cancelled',
} as const satisfies Record<Exclude<TaskStatus, 'in_progress'>, string>

function consequence({ status, assignedJr }: CancelCandidate): string {
  if (status !== 'in_progress') return `It ${waitsAs[status]} and will not be done.`
  const who = assignedJr === null ? 'Its worker' : safe(assignedJr)
  return `${who} is told at once and made to end within its grace; what this attempt has done is lost.`
}
