import type { Task } from '../../../src/domain/task.ts'
import { safe } from '../../../src/text/fit.ts'
import type { Key } from '../../key-name.ts'
import { tableHeight } from '../../layout.ts'
import { type AppState, type Effect, type Step, step } from '../../state.ts'
import { filterCharactersMax } from './filter.ts'

export interface TasksState {
  /** As typed. */
  filter: string
  /** Are keys text of the filter? */
  editing: boolean
  /** Newest first; null until they have come. */
  rows: readonly Task[] | null
  /** How many are asked for; more when the cursor nears the end. */
  limit: number
}

/** As many as the API gives at once: further back one gets by the filter. */
const limitMax = 1000

export function selectedTask({ tasks, lists }: AppState): Task | undefined {
  return tasks.rows?.find(({ id }) => String(id) === lists.tasks.id)
}

export function loadTasks({ tasks }: AppState): Effect {
  return { kind: 'load_tasks', filter: tasks.filter, limit: tasks.limit }
}

/** A key while the filter is typed. Every change asks again at once; the answers' order is the effects' concern. */
export function editFilter(state: AppState, { name, text }: Key): Step {
  const { filter } = state.tasks
  if (name === 'enter') return step({ ...state, tasks: { ...state.tasks, editing: false } })
  if (name === 'esc') return filtered(state, '', false)
  if (name === 'ctrl+u') return filtered(state, '', true)
  if (name === 'backspace') return filtered(state, Array.from(filter).slice(0, -1).join(''), true)
  if (text === '') return step(state)
  return filtered(
    state,
    Array.from(filter + safe(text))
      .slice(0, filterCharactersMax)
      .join(''),
    true,
  )
}

export function filtered(state: AppState, filter: string, editing: boolean): Step {
  const next = { ...state, tasks: { ...state.tasks, filter, editing } }
  return filter === state.tasks.filter ? step(next) : step(next, loadTasks(next))
}

/** Asks for more once the last row that there is comes into sight. */
export function wantMore(state: AppState): Step {
  const { rows, limit } = state.tasks
  const { top } = state.lists.tasks
  const atEnd = rows !== null && rows.length === limit && top + tableHeight(state.size) >= rows.length
  if (state.screen !== 'tasks' || !atEnd || limit >= limitMax) return step(state)
  const next = { ...state, tasks: { ...state.tasks, limit: Math.min(limitMax, limit * 3) } }
  return step(next, loadTasks(next))
}
