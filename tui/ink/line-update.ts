/**
 * In the bundle this stands in the place of Ink's own `lineUpdate` (bin/bundling.js), which writes a row anew from its first cell
 * that is another up to its end. In a table a time grows here and a percentage there: of the rows of a busy fleet a fifth of the
 * cells are others each second, and these alone are written.
 */
import inkLineUpdate from '../../node_modules/ink/build/line-update.js'
import { isAsDrawn } from './as-drawn.ts'

const escape = '\u001B'
const pieces = new RegExp(`${escape}\\[(\\d+)m([^${escape}]*)${escape}\\[(\\d+)m|[^${escape}]+`, 'g')

/** A row cell by cell: what stands in each, and by what its style is begun and ended (`31;39`; '' where it has none). */
interface Cells {
  characters: string
  styles: readonly string[]
}

/** To go on to another cell costs as much as to write so many. */
const jumpCells = 8

/** What turns one row on the terminal into another. */
export default function lineUpdate(previous: string, next: string, columns: number | undefined): string {
  const whole = () => inkLineUpdate(previous, next, columns)
  if (columns === undefined || !isAsDrawn(previous, columns) || !isAsDrawn(next, columns)) return whole()
  const [before, after] = [cellsOf(previous), cellsOf(next)]
  const runs = changedRuns(before, after)
  const least = runs.map(([from, to]) => `${cursorTo(from)}${textOf(after, from, to)}`).join('')
  const left = before.characters.length - after.characters.length
  const update = left > 0 ? `${least}${cursorTo(after.characters.length)}${escape}[K` : least
  const inks = whole()
  return update.length < inks.length ? update : inks
}

function cellsOf(row: string): Cells {
  let characters = ''
  const styles: string[] = []
  for (const [piece, begin, content, end] of row.matchAll(pieces)) {
    const text = content ?? piece
    const style = begin === undefined ? '' : `${begin};${end}`
    characters += text
    for (let cell = 0; cell < text.length; cell += 1) styles.push(style)
  }
  return { characters, styles }
}

/** From the first cell of each run to behind its last; what lies close together is one run. */
function changedRuns(before: Cells, after: Cells): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (let cell = 0; cell < after.characters.length; cell += 1) {
    if (isSame(before, after, cell)) continue
    const last = runs.at(-1)
    if (last && cell - last[1] < jumpCells) last[1] = cell + 1
    else runs.push([cell, cell + 1])
  }
  return runs
}

/** Beyond a row's end there are blanks. */
function isSame(before: Cells, after: Cells, cell: number): boolean {
  const isBlank = cell >= before.characters.length
  const was = isBlank ? ' ' : before.characters[cell]
  return was === after.characters[cell] && (isBlank ? '' : before.styles[cell]) === after.styles[cell]
}

function textOf({ characters, styles }: Cells, from: number, to: number): string {
  let text = ''
  for (let start = from; start < to;) {
    const style = styles[start] ?? ''
    let end = start + 1
    while (end < to && styles[end] === style) end += 1
    const [begin, finish] = style.split(';')
    const part = characters.slice(start, end)
    text += style === '' ? part : `${escape}[${begin}m${part}${escape}[${finish}m`
    start = end
  }
  return text
}

function cursorTo(cell: number): string {
  return `${escape}[${cell + 1}G`
}
