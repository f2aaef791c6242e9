import type { Size } from './state.ts'

/** Three lines of header, a blank one, the tabs. */
const headRows = 5
/** A line about the row under the cursor (or a message), and the keys. */
const footRows = 2

/** Below this nothing useful fits. */
export const smallest: Size = { columns: 40, rows: 10 }

/** Rows between the tabs and the foot. */
export function pageHeight({ rows }: Size): number {
  return Math.max(1, rows - headRows - footRows)
}

/** Rows of a table on a page, below the titles of its columns. */
export function tableHeight(size: Size): number {
  return Math.max(1, pageHeight(size) - 1)
}
