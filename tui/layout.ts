import type { Size } from './state.ts'

/** Below this nothing useful fits. */
export const smallest: Size = { columns: 40, rows: 10 }

/** From so many rows on the header may take three lines, and the tabs a second one; below, rows of the page are worth more. */
const roomyRows = 20
/** From here on a second trouble has a line of its own. */
const tallRows = 34
/** From here on there is room for air: for two cells between columns, and for what a screen says of itself beside the tabs. */
export const wideColumns = 110

/** A line about the row under the cursor (or a message), and the keys. */
const footRows = 2

/** What stands above the page, by the terminal's size alone, so that nothing moves while one looks. */
export interface Head {
  /** The fleet, the queue, what is wrong; or the fleet and the worst of the two others. */
  queue: boolean
  /** Lines for what is wrong. */
  troubles: number
  /** What the screen says of itself: beside the tabs, or on a line below them. */
  about: 'beside' | 'below'
  /** An empty line above the tabs. */
  gap: boolean
}

export function headOf({ columns, rows }: Size): Head {
  if (rows < roomyRows) return { queue: false, troubles: 1, about: 'beside', gap: false }
  const isWide = columns >= wideColumns
  const troubles = rows >= tallRows ? 2 : 1
  return { queue: true, troubles, about: isWide ? 'beside' : 'below', gap: isWide }
}

function headRows(size: Size): number {
  const { queue, troubles, about, gap } = headOf(size)
  const fleet = 1
  const tabs = 1
  return fleet + (queue ? 1 : 0) + troubles + (gap ? 1 : 0) + tabs + (about === 'below' ? 1 : 0)
}

/** Rows between the tabs and the foot. */
export function pageHeight(size: Size): number {
  return Math.max(1, size.rows - headRows(size) - footRows)
}

/** Rows of a table on a page, below the titles of its columns. */
export function tableHeight(size: Size): number {
  return Math.max(1, pageHeight(size) - 1)
}
