import type { TimedItem } from './timed.ts'

export interface Sourced {
  /** Which of the sources it is of. */
  source: number
  item: TimedItem
}

type Batches = AsyncIterable<TimedItem[]>

/**
 * Several logs as one: by the time of their lines up to where each ended, then as they come. Of each no more is held than
 * it gives at a time. A line without a time goes at once.
 */
export async function* merged(sources: readonly Batches[]): AsyncIterable<Sourced[]> {
  const cursors = sources.map((source, index) => new Cursor(source, index))
  try {
    yield* byTime(cursors)
    yield* asTheyCome(cursors)
  } finally {
    await Promise.allSettled(cursors.map((cursor) => cursor.close()))
  }
}

async function* byTime(cursors: readonly Cursor[]): AsyncIterable<Sourced[]> {
  await Promise.all(cursors.map((cursor) => cursor.fill()))
  let found: Sourced[] = []
  for (;;) {
    const next = earliest(cursors)
    if (next === undefined) break
    found.push(next.take())
    if (!next.isEmpty) continue
    yield found
    found = []
    await next.fill()
  }
  yield found
}

function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let first: Cursor | undefined
  for (const cursor of cursors)
    if (!cursor.isEmpty && (first === undefined || cursor.timeMs < first.timeMs)) first = cursor
  return first
}

async function* asTheyCome(cursors: readonly Cursor[]): AsyncIterable<Sourced[]> {
  const waiting = new Map(cursors.map((cursor) => [cursor, cursor.next()]))
  while (waiting.size > 0) {
    const { cursor, found } = await Promise.race(waiting.values())
    if (found === null) waiting.delete(cursor)
    else {
      waiting.set(cursor, cursor.next())
      yield found
    }
  }
}

/** A place in one log. */
class Cursor {
  readonly #iterator: AsyncIterator<TimedItem[]>
  readonly #source: number
  #batch: TimedItem[] = []
  #at = 0
  #ended = false

  constructor(source: Batches, index: number) {
    this.#iterator = source[Symbol.asyncIterator]()
    this.#source = index
  }

  get isEmpty(): boolean {
    return this.#at >= this.#batch.length
  }

  /** Of the line to be taken next; without one, before all. */
  get timeMs(): number {
    const item = this.#batch[this.#at]
    return (item?.kind === 'line' ? item.timeMs : undefined) ?? Number.NEGATIVE_INFINITY
  }

  take(): Sourced {
    const item = this.#batch[this.#at] ?? { kind: 'end' }
    this.#at += 1
    return { source: this.#source, item }
  }

  /** Reads on; stays empty once the log has given what there was. */
  async fill(): Promise<void> {
    if (this.#ended) return
    this.#at = 0
    do {
      const next = await this.#iterator.next()
      this.#batch = next.done === true ? [{ kind: 'end' }] : next.value
    } while (this.#batch.length === 0)
    this.#ended = this.#batch.at(-1)?.kind === 'end'
    if (this.#ended) this.#batch.pop()
  }

  /** What comes after the end; null when nothing does. */
  async next(): Promise<{ cursor: Cursor; found: Sourced[] | null }> {
    const next = await this.#iterator.next()
    const found = next.done === true ? null : next.value.map((item) => ({ source: this.#source, item }))
    return { cursor: this, found }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}
