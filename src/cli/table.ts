import type { Output, Style } from './output.ts'
import { fit, pad, widthOf } from '../text/fit.ts'

export interface Column {
  title: string
  align?: 'left' | 'right'
  /** The one column that gives way when the terminal is narrow. */
  flexible?: boolean
  /** Only on a terminal at least so wide. */
  fromColumns?: number
}

/** A cell: text, or text with a colour that never changes its width. */
export type CellText = string | { text: string; style: Style }

const gap = 2
const flexibleMin = 8

/** Lines of an aligned table, the header first, none wider than the terminal if the flexible column can help it. */
export function tableLines(
  allColumns: readonly Column[],
  allRows: readonly CellText[][],
  output: Output,
  indent = 2,
): string[] {
  const isShown = (index: number) => (allColumns[index]?.fromColumns ?? 0) <= output.columns
  const columns = allColumns.filter((_, index) => isShown(index))
  const rows = allRows.map((row) => row.filter((_, index) => isShown(index)))
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(textOf(row[index])))),
  )
  const room = output.columns - indent - gap * (columns.length - 1)
  const flexible = columns.findIndex((column) => column.flexible)
  const over = widths.reduce((sum, width) => sum + width, 0) - room
  if (flexible >= 0 && over > 0) widths[flexible] = Math.max(flexibleMin, (widths[flexible] ?? 0) - over)

  const line = (cells: readonly CellText[]) =>
    ' '.repeat(indent) +
    columns
      .map((column, index) => cell(cells[index], column, widths[index] ?? 0, output))
      .join(' '.repeat(gap))
      .trimEnd()
  const header = columns.map(({ title }): CellText => ({ text: title, style: 'dim' }))
  return [line(header), ...rows.map(line)]
}

function cell(content: CellText | undefined, column: Column, width: number, output: Output): string {
  const padded = pad(fit(textOf(content), width), width, column.align)
  return typeof content === 'object' ? output.style(content.style, padded) : padded
}

function textOf(content: CellText | undefined): string {
  return typeof content === 'object' ? content.text : (content ?? '')
}
