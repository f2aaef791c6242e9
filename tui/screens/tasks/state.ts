import type { ListedTask } from '../../../src/domain/task.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'

/** As many as the API gives at once: further back one gets by the filter. */
export const limitMax = 1000

export const taskOrders: readonly Order<ListedTask>[] = [
  { name: 'newest', compare: (one, other) => other.id - one.id },
  { name: 'priority', compare: (one, other) => one.priority - other.priority },
  { name: 'oldest', compare: (one, other) => one.createdAt - other.createdAt },
]

/** Null until they have come. The daemon has filtered them. */
export function shownTasks({ loaded, arrangements }: AppState): readonly ListedTask[] | null {
  const rows = loaded.tasks?.answer
  if (rows === undefined) return null
  return arranged(rows, { ...arrangements.tasks, filter: '' }, { textOf: () => '', orders: taskOrders })
}

export function selectedTask(state: AppState): ListedTask | undefined {
  return shownTasks(state)?.find(({ id }) => String(id) === state.lists.tasks.id)
}
