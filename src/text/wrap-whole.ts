import { widthOf } from './fit.ts'

/** A character takes a cell at most in so many code units: emoji of families are the longest that anybody writes. */
const unitsPerCellMax = 16
let segmenter: Intl.Segmenter | undefined

/**
 * A line in pieces of at most `cells`, broken after a space where there is one near, within a word where not: unlike `wrap`,
 * nothing of it is lost but the spaces at a break. A character that is wider than `cells` stands alone.
 */
export function wrapWhole(line: string, cells: number): string[] {
  const pieces: string[] = []
  let from = 0
  while (from < line.length) {
    const window = line.slice(from, from + (cells + 1) * unitsPerCellMax)
    const isLast = from + window.length === line.length
    const end = isLast && widthOf(window) <= cells ? window.length : breakOf(window, cells)
    pieces.push(window.slice(0, end).trimEnd())
    from += end
  }
  return pieces.length === 0 ? [''] : pieces
}

/** How much of the text goes into `cells`: at least one character, up to a space in the second half. */
function breakOf(text: string, cells: number): number {
  const room = Math.max(1, roomOf(text, cells))
  // The space that ends a word which just fits is gone with the break.
  if (text[room] === ' ') return room + 1
  const space = text.lastIndexOf(' ', room - 1)
  return space > room / 2 ? space + 1 : room
}

function roomOf(text: string, cells: number): number {
  const plain = text.slice(0, cells)
  if (widthOf(plain) === plain.length && /^[ -~]*$/.test(plain)) return plain.length
  segmenter ??= new Intl.Segmenter()
  let used = 0
  for (const { segment, index } of segmenter.segment(text)) {
    used += widthOf(segment)
    if (used > cells) return index === 0 ? segment.length : index
  }
  return text.length
}
