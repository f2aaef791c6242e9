import type { JrName, TaskId } from '../../src/domain/ids.ts'
import { isFinished, type TaskStatus } from '../../src/domain/task.ts'
import { fit, safe } from '../../src/text/fit.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Preview, unchanged } from './change.ts'
import { againQuestion } from './retry.ts'
import { taskNow } from './task-now.ts'

export interface CancelChange {
  id: TaskId
  /** It waited for a time, which is not kept. */
  wasScheduled?: true
  /** It was brought back to life: the version of the death that is over. */
  diedAs?: number
}

/** What there is to know of a task before it is cancelled. */
export interface CancelCandidate {
  id: TaskId
  status: TaskStatus
  /** Its Jr; null: nobody's yet. */
  assignedJr: JrName | null
  title?: string
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
  preview(state, { id, diedAs }) {
    const task = taskNow(state, id)
    // What was read before the replay tells of the old death.
    if (task === null || (diedAs !== undefined && task.version === diedAs)) return null
    return isFinished(task.status) ? tooLate(id, task.status) : previewOf(state, { id, ...task })
  },
}

/** `x`: asks before it cancels a task. */
export function askCancel(state: AppState, task: CancelCandidate | undefined): Step {
  if (!task) return ask(state, 'No task is chosen.')
  const { id, status } = task
  if (isFinished(status)) return ask(state, tooLate(id, status))
  return ask(state, {
    preview: previewOf(state, task).text,
    command: `jrctl tasks cancel ${id}`,
    change: { kind: 'cancel', id, ...(status === 'scheduled' ? { wasScheduled: true } : {}) },
  })
}

function tooLate(id: TaskId, status: TaskStatus): string {
  return `Task ${id} is ${status}; there is nothing left to cancel.`
}

/** Of its title: enough to know it again. */
const titleCells = 40

function previewOf({ status: { view } }: AppState, task: CancelCandidate): Preview {
  const { id, status, title } = task
  const named = title === undefined ? '' : ` “${fit(safe(title), titleCells)}”`
  const position = view.positions.find(({ taskId }) => taskId === id)
  const where = status !== 'in_progress' || position === undefined ? '' : ` at position ${position.position}`
  return { text: `Cancel task ${id}${named}${where}? ${consequence(task)}`, essence: status }
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
