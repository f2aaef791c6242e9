import { lineTimeMs } from './line.ts'
import type { LogItem, LogLine } from './splitter.ts'

/** A line and when it was written: its own time, else that of the line before it, as with a stack trace. */
export type TimedItem = (LogLine & { timeMs: number | undefined }) | Exclude<LogItem, { kind: 'line' }>

export interface SinceOptions {
  /** Only lines from then on; null: all. */
  sinceMs: number | null
  /** Told when a log's lines carry no time, so that only whole files could be passed over. */
  untimed(): void
}

/** Lines at the front are held until one tells the time; more than so many tell none, we take it. */
const heldLinesMax = 1000

/** Gives lines their time, and leaves out what is too early. */
export async function* timed(items: AsyncIterable<LogItem>, options: SinceOptions): AsyncIterable<TimedItem> {
  const { sinceMs } = options
  let timeMs: number | undefined
  let held: TimedItem[] | null = sinceMs === null ? null : []
  for await (const item of items) {
    if (item.kind === 'line') {
      timeMs = timeOf(item.bytes) ?? timeMs
      const line = { ...item, timeMs }
      // What comes before the first time belongs to lines that are too early.
      if (timeMs !== undefined) held = null
      if (held === null) {
        if (sinceMs === null || timeMs === undefined || timeMs >= sinceMs) yield line
        continue
      }
      held.push(line)
      if (held.length < heldLinesMax) continue
    } else if (item.kind === 'gap') {
      yield item
      continue
    }
    if (held !== null && held.length > 0) {
      options.untimed()
      yield* held
    }
    held = null
    if (item.kind === 'end') yield item
  }
}

/** A time stands in front; a line of ours is parsed whole, and is never long. */
export function timeOf(bytes: Buffer): number | undefined {
  return lineTimeMs(bytes.toString('utf8', 0, bytes[0] === brace ? bytes.length : 64))
}

const brace = 0x7b
