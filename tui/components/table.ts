import { fit, pad, widthOf } from '../../src/text/fit.ts'
import { wideColumns } from '../layout.ts'
import { type Line, type Span, textOf } from '../line.ts'
import { type ListState, visible } from '../list.ts'
import { marked } from '../pages/field.ts'
import { spokenRow } from '../spoken/row.ts'
import type { AppState, Size } from '../state.ts'

export interface Column {
  title: string
  /** Cells; the flexible column takes what is left. Fixed, so that nothing jumps when a value grows. */
  width: number
  align?: 'right'
  flexible?: boolean
  /** Only on a terminal at least so wide. */
  fromColumns?: number
}

export interface TableRow {
  id: string
  /** A cell for each column. */
  cells: readonly Span[]
}

export { wideColumns }
const flexibleMin = 4
/** Marks the row under the cursor where there is no colour. */
const mark = '› '
const noMark = '  '

/** A column for ids: none of them is ever cut, for a part of an id is another task. */
export function idCells(ids: readonly number[]): number {
  return ids.reduce((cells, id) => Math.max(cells, String(id).length), 4)
}

/** The titles and the rows that are seen, `height` lines below the titles. Rows out of sight are not made. */
export function tableLines<Item>(
  columns: readonly Column[],
  items: readonly Item[],
  rowOf: (item: Item) => TableRow,
  { list, size, height }: { list: ListState; size: Size; height: number },
): Line[] {
  const rows = visible(items, list, height).map(rowOf)
  if (size.isSpoken) return rows.map((row) => spokenLine(columns, row, list))
  const shown = size.isEndless ? natural(columns, rows) : fitted(columns, size.columns)
  const gap = size.columns >= wideColumns ? '  ' : ' '
  const title: Line = [{ text: noMark + titles(shown, gap), role: 'dim' }]
  const lines = rows.map((row) => {
    const cells = shown.map(({ column, index }) => cell(row.cells[index] ?? '', column))
    return row.id === list.id ? selectedLine(cells, gap, size) : spaced(cells, gap)
  })
  return [title, ...lines]
}

function spokenLine(columns: readonly Column[], { id, cells }: TableRow, list: ListState): Line {
  const text = spokenRow(columns, cells)
  return [id === list.id ? { text, role: 'selected' } : text]
}

/** Instead of a table: the filter leaves nothing. */
export function noneLike({ screen, arrangements, size }: AppState): Line[] {
  return said(`Nothing is like “${arrangements[screen].filter}”; esc drops the filter.`, size)
}

/** A sentence instead of a table. */
export function said(sentence: string, { columns }: Size): Line[] {
  return [[], ...marked('  ', sentence, columns)]
}

/** Cells that a column has, by its title: for a text whose end is not to be cut. */
export function columnCells(
  title: string,
  columns: readonly Column[],
  { columns: width, isEndless }: Size,
): number {
  if (isEndless === true) return Number.POSITIVE_INFINITY
  return fitted(columns, width).find(({ column }) => column.title === title)?.column.width ?? 0
}

interface Shown {
  column: Column
  /** Of its cell in the row. */
  index: number
}

function fitted(columns: readonly Column[], width: number): Shown[] {
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => (column.fromColumns ?? 0) <= width)
  const gaps = (shown.length - 1) * (width >= wideColumns ? 2 : 1)
  const fixed = shown.reduce((sum, { column }) => sum + (column.flexible ? 0 : column.width), 0)
  const rest = Math.max(flexibleMin, width - noMark.length - gaps - fixed)
  return shown.map(({ column, index }) => ({
    column: column.flexible ? { ...column, width: rest } : column,
    index,
  }))
}

/** Each as wide as what is in it. */
function natural(columns: readonly Column[], rows: readonly TableRow[]): Shown[] {
  const cellsOf = (index: number) => rows.map(({ cells }) => widthOf(textOf(cells[index] ?? '')))
  return columns.map((column, index) => ({
    column: { ...column, width: Math.max(widthOf(column.title), ...cellsOf(index)) },
    index,
  }))
}

function titles(shown: readonly Shown[], gap: string): string {
  return shown.map(({ column }) => textOf(cell(column.title, column))).join(gap)
}

function cell(span: Span, { width, align }: Column): Span {
  const text = pad(fit(textOf(span), width), width, align)
  return typeof span === 'string' ? text : { text, role: span.role }
}

function spaced(cells: readonly Span[], gap: string): Line {
  return cells.flatMap((span, index) => [index === 0 ? noMark : gap, span])
}

/** One bar across the terminal; the colours of its cells give way to it. */
function selectedLine(cells: readonly Span[], gap: string, { columns }: Size): Line {
  return [{ text: pad(mark + cells.map(textOf).join(gap), columns), role: 'selected' }]
}
