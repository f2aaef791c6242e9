import type { TimedItem } from './timed.ts'

export interface Sourced {
  /** Which of the sources it is of. */
  source: number
  item: TimedItem
}

/**
 * Several logs as one: by the time of their lines up to where each ended, then as they come. At most one line of each is
 * held. A line without a time goes at once.
 */
export async function* merged(sources: readonly AsyncIterable<TimedItem>[]): AsyncIterable<Sourced> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]())
  try {
    yield* byTime(iterators)
    yield* asTheyCome(iterators)
  } finally {
    await Promise.allSettled(iterators.map(async (iterator) => await iterator.return?.()))
  }
}

type Iterators = readonly AsyncIterator<TimedItem>[]

async function* byTime(iterators: Iterators): AsyncIterable<Sourced> {
  const heads = await Promise.all(iterators.map((iterator) => untilEnd(iterator)))
  for (;;) {
    const source = earliest(heads)
    const item = heads[source]
    if (!item) return
    yield { source, item }
    const iterator = iterators[source]
    heads[source] = iterator === undefined ? null : await untilEnd(iterator)
  }
}

/** The next line of a source; null once it has given what there was. */
async function untilEnd(iterator: AsyncIterator<TimedItem>): Promise<TimedItem | null> {
  const next = await iterator.next()
  return next.done === true || next.value.kind === 'end' ? null : next.value
}

function earliest(heads: readonly (TimedItem | null)[]): number {
  let first = -1
  let firstMs = Number.POSITIVE_INFINITY
  for (const [index, head] of heads.entries()) {
    if (head === null) continue
    const timeMs = (head.kind === 'line' ? head.timeMs : undefined) ?? Number.NEGATIVE_INFINITY
    if (first >= 0 && timeMs >= firstMs) continue
    first = index
    firstMs = timeMs
  }
  return first
}

async function* asTheyCome(iterators: Iterators): AsyncIterable<Sourced> {
  const waiting = new Map(iterators.map((iterator, source) => [source, nextOf(iterator, source)]))
  while (waiting.size > 0) {
    const { source, next } = await Promise.race(waiting.values())
    const iterator = iterators[source]
    if (next.done === true || iterator === undefined) {
      waiting.delete(source)
      continue
    }
    waiting.set(source, nextOf(iterator, source))
    yield { source, item: next.value }
  }
}

async function nextOf(iterator: AsyncIterator<TimedItem>, source: number) {
  return { source, next: await iterator.next() }
}
