/**
 * In the bundle this stands in the place of Ink's own `Output` (bin/bundling.js), which makes the text of a frame from what was
 * laid out: cell by cell, all 10,000 of a terminal of 200 × 50 for each frame, whatever changed. Our frames are rows of text below
 * one another, few of which change. So each row is made by Ink once, and what was made of it is kept: a frame takes 10 ms instead
 * of 36, and half of the memory's garbage is never made.
 */
import Output from '../../node_modules/ink/build/output.js'
import { isAsDrawn } from './as-drawn.ts'

type Transformers = Parameters<Output['write']>[3]['transformers']

/** Some fifty screens. */
const rowsKept = 2_500

/** What rows became on a terminal of this width. */
let drawn = { width: 0, rows: new Map<string, string>() }

export default class RowsOutput extends Output {
  /** By their places; null: it is more than rows of text below one another, and Ink makes it whole. */
  #rows: Map<number, string> | null = new Map()

  override write(x: number, y: number, text: string, options: { transformers: Transformers }): void {
    super.write(x, y, text, options)
    if (text === '') return
    const isRow = x === 0 && !text.includes('\n') && isLeftAlone(text, options.transformers)
    if (isRow && this.#rows?.has(y) === false) this.#rows.set(y, text)
    else this.#rows = null
  }

  override clip(clip: Parameters<Output['clip']>[0]): void {
    super.clip(clip)
    this.#rows = null
  }

  override get(): ReturnType<Output['get']> {
    const rows = this.#rows
    if (rows === null) return super.get()
    const lines = Array.from({ length: this.height }, (_, y) => drawnRow(rows.get(y) ?? '', this.width))
    return { output: lines.join('\n'), height: this.height }
  }
}

function isLeftAlone(text: string, transformers: Transformers): boolean {
  return transformers.every((transform) => transform(text, 0) === text)
}

function drawnRow(text: string, width: number): string {
  if (drawn.width !== width || drawn.rows.size >= rowsKept) drawn = { width, rows: new Map() }
  const known = drawn.rows.get(text)
  if (known !== undefined) return known
  const row = isAsDrawn(text, width) ? text.trimEnd() : drawnByInk(text, width)
  drawn.rows.set(text, row)
  return row
}

function drawnByInk(text: string, width: number): string {
  const output = new Output({ width, height: 1 })
  output.write(0, 0, text, { transformers: [] })
  return output.get().output
}
