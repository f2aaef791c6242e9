import { fit, widthOf } from './fit.ts'

/**
 * Lines of at most `cells`, broken between words; a word that is longer than a line is cut.
 * @param long `keep` where words are paths that somebody may copy: half of one leads elsewhere, so its line is longer
 */
export function wrap(text: string, cells: number, long: 'cut' | 'keep' = 'cut'): string[] {
  const fitted = (line: string) => (long === 'cut' ? fit(line, cells) : line)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= cells || line === '') line = longer
    else {
      lines.push(fitted(line))
      line = word
    }
  }
  return [...lines, fitted(line)]
}
