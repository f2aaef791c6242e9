import type { Role, Span } from '../line.ts'

/** Cells of what a line of the header, or of a panel, begins with. */
export const headingCells = 9

export function heading(text: string, role: Role = 'title'): Span {
  return { text: text.padEnd(headingCells), role }
}

/** Older than this, data is late: it comes once a second. */
export const lateMs = 5000
