import type { PositionView } from '../../../src/contract/views.ts'
import { safe } from '../../../src/text/fit.ts'
import { age, compact, percent } from '../../../src/text/format.ts'
import { waitText } from '../../../src/text/wait.ts'
import { gauge, lengthBar } from '../../components/bars.ts'
import {
  type Column,
  type TableRow,
  idCells,
  noneLike,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import { pageHeight } from '../../layout.ts'
import type { Line, Span } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState } from '../../state.ts'
import { idleLines } from './idle.ts'
import { panelHeight, panelLines } from './panel.ts'
import { positionId, shownPositions } from './state.ts'

/** From here on there is room for a bar of what is done, and for shares drawn twice as long. */
const broadColumns = 150
const doneBarCells = 8
const never = Number.POSITIVE_INFINITY

/** Cells of position 1's bar: a power of two, so that the halves below it end on whole cells for longest. */
function barCells({ size: { columns }, drawing }: AppState): number {
  if (drawing === 'words') return 0
  if (columns >= broadColumns) return 32
  return columns >= wideColumns ? 16 : 8
}

function columnsFor(state: AppState, positions: readonly PositionView[]): Column[] {
  const { size, status } = state
  const isWide = size.columns >= wideColumns
  const cells = barCells(state)
  // What all draw from one bucket is told once, below: beside each it would look like what each has.
  const isCommon = status.view.capacity?.mode === 'lend'
  return [
    { title: '#', width: String(positions.length).length + 1, align: 'right' },
    { title: 'SHARE', width: cells, fromColumns: cells === 0 ? never : 0 },
    { title: cells === 0 ? 'SHARE' : '', width: 6, align: 'right' },
    { title: 'TOKENS', width: 6, align: 'right', fromColumns: isCommon ? never : 64 },
    { title: 'RATE/M', width: 6, align: 'right', fromColumns: 72 },
    { title: 'LENT', width: 6, align: 'right', fromColumns: isCommon ? 132 : never },
    { title: 'WAITS', width: 9, align: 'right', fromColumns: isCommon ? 100 : 120 },
    { title: 'TASK', width: idCells(positions.map(({ taskId }) => taskId)), align: 'right' },
    { title: 'TITLE', width: 0, flexible: true },
    { title: 'WORKER', width: isWide ? 22 : 12, fromColumns: 58 },
    { title: 'DONE', width: size.columns >= broadColumns ? doneBarCells + 6 : 5, align: 'right' },
    { title: 'FOR', width: 6, align: 'right', fromColumns: 48 },
  ]
}

export function positionLines(state: AppState): Line[] {
  const table = tableOf(state)
  const height = pageHeight(state.size) - panelHeight(state)
  const blank = Array.from({ length: Math.max(0, height - table.length) }, (): Line => [])
  const panel = panelLines(state)
  return panel.length === 0 ? table : [...table.slice(0, height), ...blank, [], ...panel]
}

function tableOf(state: AppState): Line[] {
  const { size, status, lists } = state
  const positions = shownPositions(state)
  if (status.view.positions.length === 0) return idleLines(status.view, size.columns, pageHeight(size))
  if (positions.length === 0) return noneLike(state)
  const widest = Math.max(1, ...status.view.positions.map(({ capacityPct }) => capacityPct))
  return tableLines(columnsFor(state, positions), positions, (position) => rowOf(position, widest, state), {
    list: lists.positions,
    size,
    height: listHeight(state),
  })
}

function rowOf(position: PositionView, widest: number, state: AppState): TableRow {
  const { urgent, capacityPct, bucket } = position
  return {
    id: positionId(position),
    cells: [
      String(position.position),
      {
        text: lengthBar(capacityPct / widest, barCells(state), state.drawing),
        role: urgent ? 'urgent' : 'accent',
      },
      percent(capacityPct),
      bucket === 'elsewhere' ? '–' : compact(position.tokens),
      compact(position.ratePerMinute),
      bucket === 'common' ? compact(position.lent ?? 0) : '–',
      waitingCell(position),
      String(position.taskId),
      urgent ? { text: `! ${safe(position.title)}`, role: 'urgent' } : safe(position.title),
      safe(position.worker),
      doneText(position, state),
      age(state.status.at.wallMs - position.startedAt),
    ],
  }
}

function waitingCell(position: PositionView): Span {
  const text = waitText(position)
  return (position.waiting ?? 0) > 0 ? { text, role: 'warn' } : text
}

function doneText({ progressPercent }: PositionView, { size, drawing }: AppState): string {
  const text = `${progressPercent} %`
  if (size.columns < broadColumns) return text
  return `${gauge(progressPercent / 100, doneBarCells, drawing)} ${text.padStart(5)}`
}
