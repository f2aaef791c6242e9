import type { PositionView } from '../../src/contract/views.ts'
import type { JrName, TaskId } from '../../src/domain/ids.ts'
import type { TaskStatus } from '../../src/domain/task.ts'
import type { AppState } from '../state.ts'

/** What is known of a task now. */
export interface TaskNow {
  status: TaskStatus
  urgent: boolean
  assignedJr: JrName | null
  title: string
  /** As it was when it was read; null: that is not told. */
  version: number | null
  /** Where it stands, while it is in progress; null: that is not known, or it is not. */
  position: PositionView | null
}

/**
 * A task by the positions, which are of this second; else by what is shown, which is asked for again whenever something changes.
 * Null: nothing that is shown tells of it.
 */
export function taskNow(state: AppState, id: TaskId): TaskNow | null {
  const position = state.status.view.positions.find(({ taskId }) => taskId === id)
  if (position !== undefined) {
    const { urgent, worker, title } = position
    return { status: 'in_progress', urgent, assignedJr: worker, title, version: null, position }
  }
  const shown = shownTask(state, id) ?? shownDeath(state, id)
  return shown === undefined ? null : { ...shown, position: null }
}

function shownTask({ pages, screen, loaded }: AppState, id: TaskId): Omit<TaskNow, 'position'> | undefined {
  const page = pages.at(-1)
  if (page?.kind === 'task') return loaded.task?.by.id === id ? loaded.task.answer.task : undefined
  return screen === 'tasks' ? loaded.tasks?.answer.find((task) => task.id === id) : undefined
}

/** Of the dead letters that are shown, its own: then it is dead. */
function shownDeath({ pages, screen, loaded }: AppState, id: TaskId): Omit<TaskNow, 'position'> | undefined {
  const page = pages.at(-1)
  const one = page?.kind === 'dead_letter' ? loaded.dead_letter?.answer.letter : undefined
  const all =
    page === undefined && screen === 'dead_letters' ? loaded.dead_letters?.answer.letters : undefined
  const letter = [one, ...(all ?? [])].find((each) => each?.taskId === id && each.state === 'dead')
  if (letter === undefined) return undefined
  const { jrName, title, version } = letter
  return { status: 'failed', urgent: false, assignedJr: jrName, title, version }
}
