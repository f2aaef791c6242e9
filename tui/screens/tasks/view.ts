import type { ListedTask, TaskStatus } from '../../../src/domain/task.ts'
import { safe } from '../../../src/text/fit.ts'
import { age } from '../../../src/text/format.ts'
import {
  type Column,
  type TableRow,
  idCells,
  noneLike,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import { tableHeight } from '../../layout.ts'
import type { Line, Role } from '../../line.ts'
import type { AppState, Size } from '../../state.ts'
import { shownTasks } from './state.ts'

function columnsFor({ columns }: Size, rows: readonly ListedTask[]): Column[] {
  return [
    { title: 'TASK', width: idCells(rows.map(({ id }) => id)), align: 'right' },
    { title: 'STATUS', width: 11 },
    { title: 'DONE', width: 5, align: 'right' },
    { title: 'PRIO', width: 4, align: 'right', fromColumns: 90 },
    { title: 'TRIES', width: 5, align: 'right', fromColumns: 90 },
    { title: 'TITLE', width: 0, flexible: true },
    { title: 'JR', width: columns >= wideColumns ? 22 : 16, fromColumns: 60 },
    { title: 'AGE', width: 6, align: 'right' },
  ]
}

const roles: Record<TaskStatus, Role | null> = {
  pending: null,
  scheduled: 'dim',
  assigned: null,
  in_progress: 'accent',
  retry: 'warn',
  completed: 'good',
  failed: 'bad',
  cancelled: 'dim',
}

export function taskLines(state: AppState): Line[] {
  const rows = shownTasks(state)
  const { filter } = state.arrangements.tasks
  if (rows === null) return [[], ['  Asking …']]
  if (rows.length === 0) return filter === '' ? [[], ['  There are no tasks.']] : noneLike(state)
  return tableLines(columnsFor(state.size, rows), rows, (task) => rowOf(task, state.status.at.wallMs), {
    list: state.lists.tasks,
    size: state.size,
    height: tableHeight(state.size),
  })
}

function rowOf(task: ListedTask, nowMs: number): TableRow {
  const role = roles[task.status]
  return {
    id: String(task.id),
    cells: [
      String(task.id),
      role ? { text: task.status, role } : task.status,
      `${task.progressPercent} %`,
      String(task.priority),
      `${task.attempts}/${task.maxAttempts}`,
      task.urgent ? { text: `! ${safe(task.title)}`, role: 'urgent' } : safe(task.title),
      task.assignedJr === null ? '–' : safe(task.assignedJr),
      age(nowMs - task.createdAt),
    ],
  }
}
