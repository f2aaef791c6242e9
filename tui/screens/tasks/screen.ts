import { safe } from '../../../src/text/fit.ts'
import { count } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { tasksKeys } from './keys.ts'
import { limitMax, selectedTask, shownTasks, taskOrders } from './state.ts'
import { taskLines } from './view.ts'

export const tasksScreen: Screen = {
  title: 'Tasks',
  short: 'Task',
  keys: tasksKeys,
  orders: taskOrders.map(({ name }) => name),
  ids: (state) => (shownTasks(state) ?? []).map(({ id }) => String(id)),
  lines: taskLines,
  about({ loaded, arrangements }) {
    const { limit } = arrangements.tasks
    const rows = loaded.tasks?.answer.length ?? 0
    return `${rows === limit ? 'the newest ' : ''}${count(rows, 'task')}`
  },
  note(state) {
    const task = selectedTask(state)
    if (!task) return ''
    return `${task.id} ${safe(task.title)}${task.error === null ? '' : ` · ${safe(task.error)}`}`
  },
  wants: ({ arrangements }) => {
    const { filter, limit } = arrangements.tasks
    return [{ source: 'tasks', by: { filter, limit } }]
  },
  more({ loaded, arrangements }) {
    const { limit } = arrangements.tasks
    return loaded.tasks?.answer.length === limit && limit < limitMax ? Math.min(limitMax, limit * 3) : null
  },
}
