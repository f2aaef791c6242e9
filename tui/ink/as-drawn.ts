import { isNarrow } from '../../src/text/fit.ts'

const escape = '\u001B'

/** The 16 colours, bold, dim and inverse; and what ends each. */
const ends: Readonly<Record<string, string>> = { 1: '22', 2: '22', 7: '27', 3: '39', 9: '39' }
const styled = new RegExp(`${escape}\\[([127]|[39][0-7])m([^${escape}]+)${escape}\\[(22|27|39)m`, 'g')
/** Two styles at once, or one after the other: Ink writes them in another way. */
const adjacent = new RegExp(`${escape}\\[[\\d;]*m${escape}`)

/**
 * Whether Ink would draw a row as it stands, but for the blanks at its end: narrow text that fits, in pieces that have one style
 * or none. Most rows are so, and to look at them as a whole takes a hundredth of drawing them cell by cell.
 */
export function isAsDrawn(text: string, width: number): boolean {
  if (adjacent.test(text)) return false
  const plain = text.replaceAll(styled, (piece, begin: string, content: string, end: string) =>
    ends[begin.charAt(0)] === end ? content : piece,
  )
  // What is left of styles is not narrow.
  return plain.length <= width && isNarrow(plain)
}
