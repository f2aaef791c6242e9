import { safe } from '../../../src/text/fit.ts'
import { count } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { tasksKeys } from './keys.ts'
import { loadTasks, selectedTask } from './state.ts'

export const tasksScreen: Screen = {
  title: 'Tasks',
  keys: tasksKeys,
  ids: ({ tasks }) => (tasks.rows ?? []).map(({ id }) => String(id)),
  about({ tasks }) {
    const rows = tasks.rows?.length ?? 0
    const many = `${rows === tasks.limit ? 'the newest ' : ''}${count(rows, 'task')}`
    return tasks.filter === '' ? many : `${many} like “${safe(tasks.filter)}”`
  },
  note(state) {
    const task = selectedTask(state)
    if (!task) return ''
    return `${task.id} ${safe(task.title)}${task.error === null ? '' : ` · ${safe(task.error)}`}`
  },
  wants: (state) => [loadTasks(state)],
}
