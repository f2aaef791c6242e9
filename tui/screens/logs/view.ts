import { age } from '../../../src/text/format.ts'
import { safe } from '../../../src/text/fit.ts'
import { type Column, noneLike, type TableRow, tableLines } from '../../components/table.ts'
import { listHeight } from '../../list-height.ts'
import { cut, type Line, padded, plainText } from '../../line.ts'
import { visible } from '../../list.ts'
import type { AppState, Size } from '../../state.ts'
import { stateRoles } from '../workers/state-roles.ts'
import { rowLine } from './line-text.ts'
import type { LogRow, LogState } from './log.ts'
import { logKey, logLabel } from './log-name.ts'
import { type Choice, shownChoices, shownRows } from './state.ts'

export function logLines(state: AppState): Line[] {
  return state.log === null ? choiceLines(state) : readLines(state.log, state)
}

const choiceColumns: readonly Column[] = [
  { title: 'LOG OF', width: 0, flexible: true },
  { title: 'STATE', width: 19 },
  { title: 'UP', width: 6, align: 'right', fromColumns: 58 },
  { title: 'FILE', width: 30, fromColumns: 100 },
]

function choiceLines(state: AppState): Line[] {
  const choices = shownChoices(state)
  if (choices.length === 0) return noneLike(state)
  return tableLines(choiceColumns, choices, (choice) => choiceRow(choice, state), {
    list: state.lists.logs,
    size: state.size,
    height: listHeight(state),
  })
}

function choiceRow({ name, worker }: Choice, { status }: AppState): TableRow {
  const id = logKey(name)
  if (worker === null)
    return { id, cells: [`${logLabel(name)} (jrctl itself)`, '', '', 'jr_orchestrator.log'] }
  const isUp = worker.pid !== null && worker.startedAt !== null
  return {
    id,
    cells: [
      logLabel(name),
      { text: worker.state, role: stateRoles[worker.state] },
      isUp ? age(status.at.wallMs - (worker.startedAt ?? 0)) : '–',
      safe(worker.logFile.slice(worker.logFile.lastIndexOf('/') + 1)),
    ],
  }
}

function readLines(log: LogState, state: AppState): Line[] {
  const title: Line = [
    { text: `  ${logLabel(log.name)}${log.path === null ? '' : `  ${safe(log.path)}`}`, role: 'dim' },
  ]
  const rows = shownRows(log, state)
  const { columns: width } = state.size
  const list = state.lists.logs
  const lines = visible(rows, list, listHeight(state)).map((row) =>
    rowOf(row, row.id === list.id, log, state.size),
  )
  return [cut(title, width), ...(rows.length === 0 ? emptyLines(log, state) : lines)]
}

function emptyLines(log: LogState, state: AppState): Line[] {
  if (log.link.kind === 'asking') return [['  Asking …']]
  if (log.link.kind === 'away') return [[{ text: `  ${safe(log.link.reason)}`, role: 'warn' }]]
  if (log.rows.length > 0) return noneLike(state).slice(1)
  return [['  Nothing is written there yet. What comes is shown at once.']]
}

/** While the log is followed, the cursor at its end is not in the way of what is read: it is a mark in the margin. */
function rowOf(row: LogRow, isSelected: boolean, { stays }: LogState, { columns, isSpoken }: Size): Line {
  if (isSpoken) return isSelected ? [{ text: plainText(rowLine(row)), role: 'selected' }] : rowLine(row)
  const mark = isSelected ? '› ' : '  '
  const line = cut([mark, ...rowLine(row)], columns)
  if (!isSelected || stays) return line
  return [{ text: plainText(padded(line, columns)), role: 'selected' }]
}
