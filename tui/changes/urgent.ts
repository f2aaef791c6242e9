import type { UrgentView } from '../../src/contract/outputs.ts'
import type { TaskId } from '../../src/domain/ids.ts'
import { isFinished, type TaskStatus } from '../../src/domain/task.ts'
import { percent, timestamp } from '../../src/text/format.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Question, undoIf } from './change.ts'

export interface UrgentChange {
  id: TaskId
  undo: boolean
}

/** What there is to know of a task before it is made urgent. */
export interface UrgentCandidate {
  id: TaskId
  status: TaskStatus
  urgent: boolean
}

export const urgentChange: ChangeType<'urgent'> = {
  async do(client, { id, undo }, signal) {
    const answer = await client.call('urgentTask', { id, undo }, signal)
    return { sentence: sentenceOf(answer, undo), ...undoIf(answer.changed, undoQuestion(id, undo)) }
  },
}

/** `u`: asks before it makes a task urgent, or takes that back. */
export function askUrgent(state: AppState, task: UrgentCandidate | undefined): Step {
  if (!task) return ask(state, 'No task is chosen.')
  if (isFinished(task.status))
    return ask(state, `Task ${task.id} is ${task.status} and takes no more urgency.`)
  return ask(state, question(task.id, task.urgent, previewOf(state, task)))
}

function question(id: TaskId, undo: boolean, preview: string): Question {
  const command = `jrctl urgent ${id}${undo ? ' --undo' : ''}`
  return { preview, command, change: { kind: 'urgent', id, undo } }
}

function previewOf(state: AppState, { id, status, urgent }: UrgentCandidate): string {
  if (urgent) return `Take back the urgency of task ${id}? It returns to its own place.`
  if (status === 'scheduled' || status === 'retry')
    return `Make task ${id} urgent? It is ${status}: it is made ready at once, and will be claimed next.`
  if (status !== 'in_progress') return `Make task ${id} urgent? It is ${status} and will be claimed next.`
  return `Make task ${id} urgent? ${movePreview(state, id)}`
}

function movePreview({ status }: AppState, id: TaskId): string {
  const positions = status.view.positions
  const [first] = positions
  const own = positions.find(({ taskId }) => taskId === id)
  if (!first || !own) return 'It goes to position 1.'
  if (own.position === 1) return 'It stands at position 1 and stays there.'
  const above = own.position - 1
  const others = above === 1 ? '1 task moves down' : `${above} tasks move down`
  const share = `${percent(own.capacityPct)} → ${percent(first.capacityPct)}`
  return `Position ${own.position} → 1, share ${share}; ${others}.`
}

function undoQuestion(id: TaskId, undo: boolean): Question {
  const preview = undo ? `Make task ${id} urgent again?` : `Undo: take back the urgency of task ${id}?`
  return question(id, !undo, preview)
}

function sentenceOf(answer: UrgentView, undo: boolean): string {
  const { id } = answer.task
  const now = undo ? 'no longer urgent' : 'urgent'
  if (!answer.changed) return `Task ${id} was ${now} already.`
  return `Task ${id} is ${now}: ${placeOf(answer, undo)}. z takes it back.`
}

/** Where it stands now. */
function placeOf({ task, position, closedUntil = null }: UrgentView, undo: boolean): string {
  if (position) return `position ${position.position}, ${percent(position.capacityPct)}`
  if (undo || task.status === 'in_progress') return task.status
  return closedUntil === null
    ? 'it will be claimed next'
    : `the first of its channel, whose window is strict and closed until ${timestamp(closedUntil)}`
}
