import { fit, widthOf } from './fit.ts'

/** Lines of at most `cells`, broken between words; a word that is longer than a line is cut. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= cells || line === '') line = longer
    else {
      lines.push(fit(line, cells))
      line = word
    }
  }
  return [...lines, fit(line, cells)]
}
