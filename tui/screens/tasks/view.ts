import type { ListedTask } from '../../../src/domain/task.ts'
import { safe } from '../../../src/text/fit.ts'
import { age } from '../../../src/text/format.ts'
import {
  type Column,
  type TableRow,
  idCells,
  noneLike,
  said,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import type { Line } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState, Size } from '../../state.ts'
import { narrowStandingCells, standing, standingCells, statusRoles } from './standing.ts'
import { shownTasks } from './state.ts'
import { asking } from '../../components/asking.ts'

/** Below this a title is worth more than a share. */
const shareColumns = 72

function columnsFor({ columns }: Size, rows: readonly ListedTask[]): Column[] {
  return [
    { title: 'TASK', width: idCells(rows.map(({ id }) => id)), align: 'right' },
    { title: 'STATUS', width: 11 },
    { title: 'STANDS', width: columns < shareColumns ? narrowStandingCells : standingCells },
    { title: 'PRIO', width: 4, align: 'right', fromColumns: 100 },
    { title: 'TRIES', width: 5, align: 'right', fromColumns: 92 },
    { title: 'TITLE', width: 0, flexible: true },
    { title: 'JR', width: columns >= wideColumns ? 22 : 14, fromColumns: 64 },
    { title: 'AGE', width: 6, align: 'right', fromColumns: 92 },
  ]
}

export function taskLines(state: AppState): Line[] {
  const rows = shownTasks(state)
  if (rows === null) return [[], [`  ${asking(state)}`]]
  if (rows.length === 0) return noTasks(state)
  return tableLines(columnsFor(state.size, rows), rows, (task) => rowOf(task, state), {
    list: state.lists.tasks,
    size: state.size,
    height: listHeight(state),
  })
}

function noTasks(state: AppState): Line[] {
  if (state.arrangements.tasks.filter !== '') return noneLike(state)
  return said('There are no tasks. Add one with: jrctl tasks add "TITLE"', state.size)
}

function rowOf(task: ListedTask, state: AppState): TableRow {
  const role = statusRoles[task.status]
  const stands = standing(task, state, state.size.columns < shareColumns)
  return {
    id: String(task.id),
    cells: [
      String(task.id),
      role ? { text: task.status, role } : task.status,
      role ? { text: stands, role } : stands,
      String(task.priority),
      `${task.attempts}/${task.maxAttempts}`,
      task.urgent ? { text: `! ${safe(task.title)}`, role: 'urgent' } : safe(task.title),
      task.assignedJr === null ? '–' : safe(task.assignedJr),
      age(state.status.at.wallMs - task.createdAt),
    ],
  }
}
