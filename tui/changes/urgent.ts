import type { UrgentView } from '../../src/contract/outputs.ts'
import type { PositionView } from '../../src/contract/views.ts'
import type { JrName, TaskId } from '../../src/domain/ids.ts'
import { isFinished, type TaskStatus } from '../../src/domain/task.ts'
import { blockerWords } from '../../src/text/blocker-words.ts'
import { count, percent, timestamp } from '../../src/text/format.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Preview, type Question, undoIf } from './change.ts'
import { noTakerWords } from './no-taker.ts'
import { type TaskNow, taskNow } from './task-now.ts'

export interface UrgentChange {
  id: TaskId
  undo: boolean
}

/** What there is to know of a task before it is made urgent. */
export interface UrgentCandidate {
  id: TaskId
  status: TaskStatus
  urgent: boolean
  assignedJr: JrName | null
}

export const urgentChange: ChangeType<'urgent'> = {
  async do(client, { id, undo }, signal) {
    const answer = await client.call('urgentTask', { id, undo }, signal)
    return { sentence: sentenceOf(answer, undo), ...undoIf(answer.changed, undoQuestion(id, undo)) }
  },
  preview(state, { id, undo }) {
    const task = taskNow(state, id)
    if (task === null) return null
    if (isFinished(task.status)) return tooLate(id, task.status)
    return undo ? backPreview(state, id, task) : upPreview(state, id, task)
  },
}

/** `u`: asks before it makes a task urgent, or takes that back. */
export function askUrgent(state: AppState, task: UrgentCandidate | undefined): Step {
  if (!task) return ask(state, 'No task is chosen.')
  const { id, status, urgent, assignedJr } = task
  if (isFinished(status)) return ask(state, tooLate(id, status))
  const position = state.status.view.positions.find(({ taskId }) => taskId === id) ?? null
  const now = { status, position, assignedJr }
  const { text } = urgent ? backPreview(state, id, now) : upPreview(state, id, now)
  return ask(state, question(id, urgent, text))
}

function tooLate(id: TaskId, status: TaskStatus): string {
  return `Task ${id} is ${status} and takes no more urgency.`
}

function question(id: TaskId, undo: boolean, preview: string): Question {
  const command = `jrctl urgent ${id}${undo ? ' --undo' : ''}`
  return { preview, command, change: { kind: 'urgent', id, undo } }
}

type Standing = Pick<TaskNow, 'status' | 'position' | 'assignedJr'>

function upPreview(state: AppState, id: TaskId, { status, position, assignedJr }: Standing): Preview {
  const asked = `Make task ${id} urgent?`
  if (status !== 'in_progress') {
    const noTaker = noTakerWords(state, { id, assignedJr })
    const waits = status === 'scheduled' || status === 'retry'
    const now = waits ? `It is ${status}: it is made ready at once` : `It is ${status}`
    const then = noTaker === null ? `${waits ? ',' : ''} and will be claimed next.` : `, but ${noTaker}`
    return told(`${asked} ${now}${then}`, noTaker === null ? status : `${status}, ${noTaker}`)
  }
  const [first] = state.status.view.positions
  if (!first || !position) return told(`${asked} It goes to position 1.`, 'to 1')
  return told(`${asked} ${moveText(position, first)}`, `from ${position.position}`)
}

function backPreview({ status: { view } }: AppState, id: TaskId, { status, position }: Standing): Preview {
  const asked = `Take back the urgency of task ${id}?`
  if (status !== 'in_progress')
    return told(`${asked} It is ${status} and waits at its own place in its line.`, status)
  if (!position) return told(`${asked} It returns to its own place.`, status)
  const place = ownPlace(position, view.positions)
  const there = view.positions[place - 1] ?? position
  return told(`${asked} ${moveText(position, there)}`, `${position.position} to ${place}`)
}

function told(text: string, essence: string): Preview {
  return { text, essence }
}

/** Where a task stands that is not urgent: after those that are, by its start. */
function ownPlace(own: PositionView, positions: readonly PositionView[]): number {
  const before = positions.filter(
    ({ taskId, urgent, startedAt }) =>
      taskId !== own.taskId &&
      (urgent || startedAt < own.startedAt || (startedAt === own.startedAt && taskId < own.taskId)),
  )
  return before.length + 1
}

/** What going from one position to another means, for the task and for those between. */
function moveText(from: PositionView, to: PositionView): string {
  const [was, is] = [from.position, to.position]
  if (was === is) return `It stands at position ${was} and stays there.`
  const between = Math.abs(was - is)
  const others = `${count(between, 'task')} ${between === 1 ? 'moves' : 'move'} ${is < was ? 'down' : 'up'}`
  return `Position ${was} → ${is}, share ${percent(from.capacityPct)} → ${percent(to.capacityPct)}; ${others}.`
}

function undoQuestion(id: TaskId, undo: boolean): Question {
  const preview = undo ? `Make task ${id} urgent again?` : `Undo: take back the urgency of task ${id}?`
  return { ...question(id, !undo, preview), isUndo: true }
}

function sentenceOf(answer: UrgentView, undo: boolean): string {
  const { id } = answer.task
  const now = undo ? 'no longer urgent' : 'urgent'
  if (!answer.changed) return `Task ${id} was ${now} already.`
  const { position, closedUntil = null, blocker = null } = answer
  if (!position && closedUntil === null && blocker !== null)
    return `Task ${id} is ${now}, but nobody can claim it now (z takes it back). ${blockerWords(blocker)}`
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
