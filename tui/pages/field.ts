import { sanitize } from '../../src/domain/sanitize.ts'
import { wrapWhole } from '../../src/text/wrap-whole.ts'
import type { Line, Role } from '../line.ts'

/** Of a text so much is shown; the whole of it is told by the command that shows the thing alone. */
const charactersMax = 20_000
export const labelCells = 12

/**
 * A labelled text of any length as lines of at most `columns` cells, made safe. Nothing is left out but what is beyond 20,000
 * characters.
 */
export function field(label: string, text: string, columns: number, role?: Role): Line[] {
  return shownLines(text, columns - labelCells).map((line, index) => [
    { text: (index === 0 ? label : '').padEnd(labelCells), role: 'dim' },
    role ? { text: line, role } : line,
  ])
}

/** A text of any length below its title, after a blank line; nothing where it says nothing. */
export function section(title: string, text: string | null, columns: number): Line[] {
  if (text === null || text.trim() === '') return []
  const indent = '  '
  const lines = shownLines(text, columns - indent.length)
  return [[], [{ text: title, role: 'title' }], ...lines.map((line): Line => [indent + line])]
}

/** A sentence behind a mark, wrapped beneath itself. */
export function marked(mark: string, sentence: string, columns: number, role?: Role): Line[] {
  return shownLines(sentence, columns - mark.length).map((line, index): Line => {
    const text = (index === 0 ? mark : ' '.repeat(mark.length)) + line
    return [role ? { text, role } : text]
  })
}

function shownLines(text: string, columns: number): string[] {
  // A result of a megabyte is not looked through for what will not be shown.
  const start = text.slice(0, 2 * charactersMax)
  const clean = sanitize(start, { multiline: true, lengthMax: charactersMax }).replaceAll('\t', '  ')
  return clean.split('\n').flatMap((line) => wrapWhole(line, Math.max(10, columns)))
}
