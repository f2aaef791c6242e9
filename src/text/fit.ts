import { sanitize } from '../domain/sanitize.ts'

const narrow =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0386-\u03ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u203b\u2190-\u2193\u2212\u2264\u2265\u2400-\u2426\u2500-\u25a0\u2800-\u28ff\ufffd]*$/

/** One cell a character beyond doubt: Latin, Greek, Cyrillic letters, punctuation, arrows, boxes, blocks and Braille. */
export function isNarrow(text: string): boolean {
  return narrow.test(text)
}

type Measure = (text: string) => number
let measureWide: Measure | undefined

/** Loads the measuring of wide text when some of it needs that; it costs more than all the rest of a short command. */
export async function prepareWidths(texts: Iterable<string>): Promise<void> {
  if (measureWide) return
  for (const text of texts) {
    if (narrow.test(text)) continue
    measureWide = (await import('string-width')).default
    return
  }
}

/** From now on wide text is measured so: by a program that knows a way, and shows texts before anybody could look at them. */
export function measureBy(measure: Measure): void {
  measureWide = measure
}

/** Terminal cells that a text takes. Exact for wide text once `prepareWidths` has seen it. */
export function widthOf(text: string): number {
  return narrow.test(text) || !measureWide ? text.length : measureWide(text)
}

/** Text from outside, on one line, safe for a terminal. */
export function safe(text: string | null | undefined): string {
  return sanitize(text ?? '')
}

/** Cut to at most `cells`, marked with an ellipsis when something is gone. */
export function fit(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text
  // The first use of Intl costs a short command 25 ms: not for plain text.
  if (narrow.test(text)) return `${text.slice(0, cells - 1)}…`
  let kept = ''
  let used = 1
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment)
    if (used > cells) break
    kept += segment
  }
  return `${kept}…`
}

export function pad(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const blank = ' '.repeat(Math.max(0, cells - widthOf(text)))
  return align === 'left' ? text + blank : blank + text
}
