import type { PositionView } from '../../../src/contract/views.ts'
import { safe } from '../../../src/text/fit.ts'
import { age, bar, compact, percent } from '../../../src/text/format.ts'
import { waitText } from '../../../src/text/wait.ts'
import {
  type Column,
  type TableRow,
  idCells,
  noneLike,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import { tableHeight } from '../../layout.ts'
import type { Line } from '../../line.ts'
import type { AppState, Size } from '../../state.ts'
import { positionId, shownPositions } from './state.ts'

/** Cells of position 1's bar: a power of two, so that the halves below it end on whole cells for longest. */
function barCells({ columns }: Size): number {
  return columns >= wideColumns ? 16 : 8
}

function columnsFor(size: Size, positions: readonly PositionView[]): Column[] {
  const wide = size.columns >= wideColumns
  return [
    { title: '#', width: String(positions.length).length + 1, align: 'right' },
    { title: 'SHARE', width: barCells(size) },
    { title: '', width: 6, align: 'right' },
    { title: 'TOKENS', width: 6, align: 'right', fromColumns: 64 },
    { title: 'RATE/M', width: 6, align: 'right', fromColumns: 72 },
    { title: 'LENT', width: 6, align: 'right', fromColumns: 144 },
    { title: 'WAITS', width: 9, align: 'right', fromColumns: 128 },
    { title: 'TASK', width: idCells(positions.map(({ taskId }) => taskId)), align: 'right' },
    { title: 'TITLE', width: 0, flexible: true },
    { title: 'WORKER', width: wide ? 22 : 12, fromColumns: 58 },
    { title: 'DONE', width: 5, align: 'right' },
    { title: 'FOR', width: 6, align: 'right', fromColumns: 48 },
  ]
}

export function positionLines(state: AppState): Line[] {
  const positions = shownPositions(state)
  if (state.status.view.positions.length === 0) return [[], ['  No task is in progress.']]
  if (positions.length === 0) return noneLike(state)
  const widest = Math.max(1, ...state.status.view.positions.map(({ capacityPct }) => capacityPct))
  return tableLines(
    columnsFor(state.size, positions),
    positions,
    (position) => rowOf(position, widest, state),
    {
      list: state.lists.positions,
      size: state.size,
      height: tableHeight(state.size),
    },
  )
}

function rowOf(position: PositionView, widest: number, { size, status }: AppState): TableRow {
  const { urgent } = position
  return {
    id: positionId(position),
    cells: [
      String(position.position),
      { text: bar(position.capacityPct / widest, barCells(size)), role: urgent ? 'urgent' : 'accent' },
      percent(position.capacityPct),
      position.bucket === 'elsewhere' ? '–' : compact(position.tokens),
      compact(position.ratePerMinute),
      position.bucket === 'common' ? compact(position.lent ?? 0) : '–',
      waitText(position),
      String(position.taskId),
      urgent ? { text: `! ${safe(position.title)}`, role: 'urgent' } : safe(position.title),
      safe(position.worker),
      `${position.progressPercent} %`,
      age(status.at.wallMs - position.startedAt),
    ],
  }
}
