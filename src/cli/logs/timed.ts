import { timeOfLine } from '../../domain/log-entry.ts'
import type { LogItem, LogLine } from '../../ports/log-files.ts'

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
export async function* timed(
  batches: AsyncIterable<LogItem[]>,
  options: SinceOptions,
): AsyncIterable<TimedItem[]> {
  const timing = new Timing(options)
  for await (const batch of batches) yield batch.flatMap((item) => timing.take(item))
}

class Timing {
  readonly #options: SinceOptions
  #timeMs: number | undefined
  /** Lines at the front that told no time yet; null once it is known what to do with them. */
  #held: TimedItem[] | null

  constructor(options: SinceOptions) {
    this.#options = options
    this.#held = options.sinceMs === null ? null : []
  }

  take(item: LogItem): TimedItem[] {
    if (item.kind === 'gap') return [item]
    if (item.kind === 'end') return [...this.#release(), item]
    this.#timeMs = timeOfLine(item.bytes) ?? this.#timeMs
    const line = { ...item, timeMs: this.#timeMs }
    // What comes before the first time belongs to lines that are too early.
    if (this.#timeMs !== undefined) this.#held = null
    if (this.#held === null) return this.#isMeant() ? [line] : []
    this.#held.push(line)
    return this.#held.length < heldLinesMax ? [] : this.#release()
  }

  #isMeant(): boolean {
    const { sinceMs } = this.#options
    return sinceMs === null || this.#timeMs === undefined || this.#timeMs >= sinceMs
  }

  /** There are no times to go by. */
  #release(): TimedItem[] {
    const held = this.#held ?? []
    this.#held = null
    if (held.length > 0) this.#options.untimed()
    return held
  }
}
