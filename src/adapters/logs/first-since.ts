import type { FileHandle } from 'node:fs/promises'
import { newline, readAt } from './bytes.ts'

const probeBytes = 64 * 1024
/** So little is read whole rather than searched. */
const closeEnough = 1024 * 1024

/**
 * Where to begin reading for the lines from a time on: the start of a line that is earlier, not far before the first that
 * is not. By bisection, for lines are written in order of time; where they tell none, from the front.
 */
export async function firstSince(
  file: FileHandle,
  range: { from: number; end: number },
  sinceMs: number,
  timeOf: (line: Buffer) => number | undefined,
): Promise<number> {
  let { from, end } = range
  while (end - from > closeEnough) {
    const middle = Math.floor((from + end) / 2)
    const probe = timedLine(await readAt(file, middle, probeBytes), timeOf)
    if (probe === undefined) return from
    if (probe.timeMs < sinceMs) from = middle + probe.start
    else end = middle
  }
  return from
}

/** The first whole line of a block that tells a time. */
function timedLine(block: Buffer, timeOf: (line: Buffer) => number | undefined) {
  let start = block.indexOf(newline) + 1
  if (start === 0) return undefined
  for (let end = block.indexOf(newline, start); end >= 0; end = block.indexOf(newline, start)) {
    const timeMs = timeOf(block.subarray(start, end))
    if (timeMs !== undefined) return { start, timeMs }
    start = end + 1
  }
  return undefined
}
