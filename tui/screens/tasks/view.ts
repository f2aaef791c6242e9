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
import { shortTries } from '../../../src/text/task-facts.ts'
import type { Line } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState, Size } from '../../state.ts'
import { knownJrs } from '../../../src/text/known-jrs.ts'
import { queryOf } from './query.ts'
import { isForUnseen, narrowStandingCells, standing, standingCells, statusRoles } from './standing.ts'
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
  const { filter } = state.arrangements.tasks
  if (filter !== '') return [...noneLike(state), ...unknownJr(filter, state)]
  return said('There are no tasks. Add one with: jrctl tasks add "TITLE"', state.size)
}

/** Tasks are of a Jr by its whole name; of one that is not known here, no part of it will do. */
function unknownJr(filter: string, state: AppState): Line[] {
  const known = knownJrs(state.status.view)
  const { jr } = queryOf(filter, known)
  if (jr === undefined || known.includes(jr)) return []
  const words = `No Jr “${safe(jr)}” is known here, so it must be a whole name; one with blanks stands in quotes: jr:"NAME Jr."`
  return said(words, state.size)
}

function rowOf(task: ListedTask, state: AppState): TableRow {
  const role = isForUnseen(task, state.status) ? 'warn' : statusRoles[task.status]
  const stands = standing(task, state, state.size.columns < shareColumns)
  return {
    id: String(task.id),
    cells: [
      String(task.id),
      role ? { text: task.status, role } : task.status,
      role ? { text: stands, role } : stands,
      String(task.priority),
      shortTries(task),
      task.urgent ? { text: `! ${safe(task.title)}`, role: 'urgent' } : safe(task.title),
      task.assignedJr === null ? '–' : safe(task.assignedJr),
      age(state.status.at.wallMs - task.createdAt),
    ],
  }
}
