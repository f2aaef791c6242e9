import type { LogItem, LogReader, LogWish } from '../../src/ports/log-files.ts'

export interface FakeLogReader extends LogReader {
  /** What it was asked for. */
  readonly wishes: LogWish[]
  /** Whoever reads along gets it. */
  write(...items: (string | LogItem)[]): void
  /** What was asked for next fails with it. */
  break(error: Error): void
  /** Who reads now. */
  readonly readers: number
}

/** A log in memory, of whole lines. */
export function fakeLogReader(exists = true): FakeLogReader {
  const log: LogItem[] = []
  const wishes: LogWish[] = []
  const bells = new Set<() => void>()
  let failure: Error | undefined
  let readers = 0
  async function* follow(signal: AbortSignal | undefined, from: number): AsyncIterable<LogItem[]> {
    for (let at = from; ;) {
      if (signal?.aborted === true) return
      if (failure !== undefined) throw failure
      if (at < log.length) {
        yield log.slice(at)
        at = log.length
      } else await rung(signal)
    }
  }
  const rung = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const ring = (): void => {
        bells.delete(ring)
        signal?.removeEventListener('abort', ring)
        resolve()
      }
      bells.add(ring)
      signal?.addEventListener('abort', ring)
    })
  const ring = (): void => {
    for (const bell of bells) bell()
  }
  return {
    wishes,
    exists: async () => exists || log.length > 0,
    // Nobody asks a fake for bytes.
    read: () => {
      throw new TypeError('the fake log has lines alone')
    },
    async *lines(wish, signal) {
      wishes.push(wish)
      readers += 1
      try {
        if (failure !== undefined) throw failure
        const there = log.length
        yield [...log.slice(wish.lines === null ? 0 : Math.max(0, there - wish.lines)), { kind: 'end' }]
        if (wish.follow) yield* follow(signal, there)
      } finally {
        readers -= 1
      }
    },
    write(...items) {
      for (const item of items) log.push(typeof item === 'string' ? lineOf(item) : item)
      ring()
    },
    break(error) {
      failure = error
      ring()
    },
    get readers() {
      return readers
    },
  }
}

function lineOf(text: string): LogItem {
  return { kind: 'line', bytes: Buffer.from(text), cutBytes: 0 }
}
