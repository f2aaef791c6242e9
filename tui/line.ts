import { fit, widthOf } from '../src/text/fit.ts'

/** What a piece of text means; the theme says how that looks. Colour never says anything that the text does not. */
export type Role =
  | 'title'
  | 'dim'
  | 'good'
  | 'warn'
  | 'bad'
  | 'accent'
  | 'urgent'
  | 'key'
  /** The row under the cursor, the screen that is shown. */
  | 'selected'

/** A piece of a line, and a line: data until the last moment, so that screens can be tested as text. */
export type Span = string | { text: string; role: Role }
export type Line = readonly Span[]

export function textOf(span: Span): string {
  return typeof span === 'string' ? span : span.text
}

export function plainText(line: Line): string {
  return line.map(textOf).join('')
}

/** Cells that a line takes. */
export function lineWidth(line: Line): number {
  return widthOf(plainText(line))
}

/** Joins spans with a separator, leaving out the empty ones. */
export function joined(spans: readonly Span[], separator: string): Line {
  return spans
    .filter((span) => textOf(span) !== '')
    .flatMap((span, index) => (index === 0 ? [span] : [separator, span]))
}

const omitted = '…'

/**
 * As many of the spans as have room whole, in their order of importance, and the mark when some are left out: half a figure is
 * another figure. Only the first is cut, for something must be there.
 */
export function whole(spans: readonly Span[], separator: string, cells: number, mark = omitted): Line {
  const wanted = spans.filter((span) => textOf(span) !== '')
  const [first] = wanted
  if (first === undefined) return []
  if (lineWidth(joined(wanted, separator)) <= cells) return joined(wanted, separator)
  const tail: Line = mark === '' ? [] : [separator, { text: mark, role: 'dim' }]
  const room = cells - lineWidth(tail)
  let count = 1
  while (lineWidth(joined(wanted.slice(0, count + 1), separator)) <= room) count += 1
  return cut([...joined(wanted.slice(0, count), separator), ...tail], cells)
}

/** The line with blanks up to so many cells. */
export function padded(line: Line, cells: number): Line {
  return [...line, ' '.repeat(Math.max(0, cells - lineWidth(line)))]
}

/** The line within so many cells; the span that does not fit whole is cut, what follows it is left out. */
export function cut(line: Line, cells: number): Line {
  if (cells <= 0) return []
  if (widthOf(plainText(line)) <= cells) return line
  const kept: Span[] = []
  let room = cells
  for (const span of line) {
    const text = typeof span === 'string' ? span : span.text
    const width = widthOf(text)
    const short = width < room ? text : fit(text + '…', room)
    kept.push(typeof span === 'string' ? short : { ...span, text: short })
    room -= width
    if (room <= 0) break
  }
  return kept
}
