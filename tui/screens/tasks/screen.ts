import type { ListedTask } from '../../../src/domain/task.ts'
import { safe } from '../../../src/text/fit.ts'
import { count, moment, number } from '../../../src/text/format.ts'
import type { AppState } from '../../state.ts'
import { knownJrs } from '../../../src/text/known-jrs.ts'
import type { Screen } from '../screens.ts'
import { tasksKeys } from './keys.ts'
import { queryOf } from './query.ts'
import { limitMax, selectedTask, shownTasks, taskOrderNames, tasksInAll } from './state.ts'
import { taskLines } from './view.ts'

export const tasksScreen: Screen = {
  title: 'Tasks',
  short: 'Task',
  keys: tasksKeys,
  orders: taskOrderNames,
  ids: (state) => (shownTasks(state) ?? []).map(({ id }) => String(id)),
  lines: taskLines,
  about: aboutTasks,
  note(state) {
    if (state.editing) return filterHint
    const task = selectedTask(state)
    return task ? noteOf(task, state.status.at.wallMs) : ''
  },
  wants(state) {
    const { filter, limit } = state.arrangements.tasks
    return [{ source: 'tasks', by: { filter, limit, query: queryOf(filter, knownJrs(state.status.view)) } }]
  },
  startsAnew: true,
  more({ loaded, arrangements }, all = false) {
    const { filter, limit, order } = arrangements.tasks
    // What is there may be the answer to what was asked before.
    const hasMore = loaded.tasks?.by.filter === filter && loaded.tasks.answer.length === limit
    if (!hasMore || limit >= limitMax) return null
    return order === 0 && !all ? Math.min(limitMax, limit * 3) : limitMax
  },
}

/** Who types a filter sees it as long as there is room. A Jr that this screen has not seen is found by its whole name alone. */
const filterHint = 'Part of title/Jr; a status; #42; jr:PART, jr:"WHOLE NAME"; channel:X, campaign:X'

/** What is not all says so, and of how many it is a part, where that is known. */
function aboutTasks(state: AppState): string {
  const { tasks } = state.loaded
  if (tasks === null) return ''
  const rows = tasks.answer.length
  if (rows < tasks.by.limit) return count(rows, 'task')
  const all = tasksInAll(state)
  return `the newest ${number(rows)}${all === null || all < rows ? '' : ` of ${number(all)}`}`
}

function noteOf(
  { id, title, status, error, scheduledAt, urgent, urgentBy }: ListedTask,
  nowMs: number,
): string {
  const waits = status === 'retry' || status === 'scheduled'
  return [
    `${id} ${safe(title)}`,
    urgent ? `urgent${urgentBy === null ? '' : ` by ${safe(urgentBy)}`}` : '',
    waits && scheduledAt !== null ? moment(scheduledAt, nowMs) : '',
    error === null ? '' : safe(error),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
