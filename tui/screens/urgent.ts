import type { TaskId } from '../../src/domain/ids.ts'
import { isFinished, type TaskStatus } from '../../src/domain/task.ts'
import { percent } from '../../src/text/format.ts'
import { type AppState, type Question, type Step, step, told } from '../state.ts'

/** What there is to know of a task before it is made urgent. */
export interface UrgentCandidate {
  id: TaskId
  status: TaskStatus
  urgent: boolean
}

/** `u`: asks before it makes a task urgent, or takes that back. */
export function askUrgent(state: AppState, task: UrgentCandidate | undefined): Step {
  const refusal = refusalOf(state, task)
  if (!task || refusal !== null) return step(told(state, refusal ?? 'No task is chosen.', 'bad'))
  return step({ ...state, message: null, question: urgentQuestion(state, task) })
}

function refusalOf({ readOnly, link }: AppState, task: UrgentCandidate | undefined): string | null {
  if (readOnly) return 'This screen is read-only (--read-only).'
  if (!task) return 'No task is chosen.'
  if (link.kind === 'away') return 'The daemon is away; nothing can be changed now.'
  if (isFinished(task.status)) return `Task ${task.id} is ${task.status} and takes no more urgency.`
  return null
}

function urgentQuestion(state: AppState, { id, status, urgent }: UrgentCandidate): Question {
  const effect = { kind: 'urgent', id, undo: urgent } as const
  if (urgent) return { preview: `Take back the urgency of task ${id}? It returns to its own place.`, effect }
  if (status !== 'in_progress')
    return { preview: `Make task ${id} urgent? It is ${status} and will be claimed next.`, effect }
  return { preview: `Make task ${id} urgent? ${movePreview(state, id)}`, effect }
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

/** What takes a change back, for `z`. */
export function undoQuestion(id: TaskId, undo: boolean): Question {
  const preview = undo ? `Make task ${id} urgent again?` : `Undo: take back the urgency of task ${id}?`
  return { preview, effect: { kind: 'urgent', id, undo: !undo } }
}
