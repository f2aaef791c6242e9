import type { Line } from '../line.ts'

/**
 * Lines that are made once of what has come, not with every frame: a text of a megabyte takes longer to read than a frame may.
 * The last width is enough, for terminals are seldom resized.
 */
export function remembered<Given extends object>(
  make: (given: Given, columns: number) => Line[],
): (given: Given, columns: number) => readonly Line[] {
  const made = new WeakMap<Given, { columns: number; lines: Line[] }>()
  return (given, columns) => {
    const known = made.get(given)
    if (known?.columns === columns) return known.lines
    const lines = make(given, columns)
    made.set(given, { columns, lines })
    return lines
  }
}
