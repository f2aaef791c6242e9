import { sanitize } from '../../src/domain/sanitize.ts'
import { fit, widthOf } from '../../src/text/fit.ts'
import type { Line, Role } from '../line.ts'

/** Of a text so much is shown; the whole of it is told by the command that shows the thing alone. */
const charactersMax = 20_000
export const labelCells = 12

/**
 * A labelled text of any length as lines of at most `columns` cells, made safe. Nothing is left out but what is beyond 20,000
 * characters.
 */
export function field(label: string, text: string, columns: number, role?: Role): Line[] {
  const room = Math.max(10, columns - labelCells)
  const clean = sanitize(text, { multiline: true, lengthMax: charactersMax }).replaceAll('\t', '  ')
  const lines = clean.split('\n').flatMap((line) => wrapped(line, room))
  return lines.map((line, index) => [
    { text: (index === 0 ? label : '').padEnd(labelCells), role: 'dim' },
    role ? { text: line, role } : line,
  ])
}

/** Cut into pieces of at most `cells`, at a space where there is one near. */
export function wrapped(text: string, cells: number): string[] {
  const pieces: string[] = []
  let rest = text
  while (widthOf(rest) > cells) {
    const piece = fit(rest, cells + 1).slice(0, -1)
    const space = piece.lastIndexOf(' ')
    const end = space > piece.length / 2 ? space + 1 : Math.max(1, piece.length)
    pieces.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end)
  }
  return [...pieces, rest]
}
