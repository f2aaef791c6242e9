import type { Drawing } from '../state.ts'

/** From zero to the largest, in eighths of a cell's height; in ASCII by how much ink a character takes. */
const levels = {
  blocks: ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  ascii: ['.', '_', '-', '=', 'o', 'O', '#'],
} as const

/**
 * A curve of so many lines, the highest first, a cell a value, drawn from zero: twice the value is twice as high, as far as the
 * steps go. Zero is a dot, a value of which nothing is known a blank.
 */
export function curve(
  values: readonly (number | null)[],
  max: number,
  drawing: Drawing,
  height = 1,
): readonly string[] {
  if (drawing === 'words') return []
  const steps: readonly string[] = levels[drawing]
  const top = steps.length - 1
  const filled = values.map((value) => (value === null ? null : levelOf(value, max, top * height)))
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * top
    return filled.map((level) => cellOf(level, below, steps)).join('')
  })
}

/** What is more than nothing is never drawn as nothing. */
function levelOf(value: number, max: number, top: number): number {
  if (value <= 0 || max <= 0) return 0
  return Math.min(top, Math.max(1, Math.round((value / max) * top)))
}

/** @param below levels that the lines below it have */
function cellOf(level: number | null, below: number, steps: readonly string[]): string {
  const blank = ' '
  if (level === null || (below > 0 && level <= below)) return blank
  return steps[Math.min(steps.length - 1, level - below)] ?? blank
}

/** A series by buckets of time; the last one is open. */
export interface Series {
  values: readonly (number | null)[]
  bucketMs: number
  /** When the last bucket began, epoch milliseconds. */
  openedAt: number
}

/**
 * The series by larger buckets, so that it has room in so many cells. The buckets' bounds are those of the clock: a curve moves on by a cell
 * and never changes behind the eye.
 */
export function gathered(
  { values, bucketMs, openedAt }: Series,
  cells: number,
  combine: (one: number, other: number) => number,
): { values: (number | null)[]; bucketMs: number } {
  const each = Math.max(1, Math.ceil((values.length + 1) / cells))
  const last = Math.floor(openedAt / bucketMs)
  const newest = Math.floor(last / each)
  const result: (number | null)[] = []
  for (const [index, value] of values.entries()) {
    const cell = Math.floor((last - (values.length - 1 - index)) / each) - newest
    const place = cells - 1 + cell
    if (place < 0) continue
    const held = result[place] ?? null
    result[place] = held === null ? value : value === null ? held : combine(held, value)
  }
  return {
    values: Array.from({ length: cells }, (_, place) => result[place] ?? null),
    bucketMs: bucketMs * each,
  }
}
