import type { LogItem } from '../../ports/log-files.ts'

export interface LatestBounds {
  lines: number
  bytes: number
}

/** What was taken: the latest of what came, and how much before it was left out. */
export interface Taken {
  missedLines: number
  items: LogItem[]
}

/**
 * Between a log that is written at any speed and somebody who reads at a person's: holds the latest so many lines, and counts
 * what they push out. One taker at a time.
 */
export class LatestLines {
  readonly #bounds: LatestBounds
  #items: LogItem[] = []
  #bytes = 0
  #missed = 0
  #closed = false
  #wake: () => void = () => {}

  constructor(bounds: LatestBounds) {
    this.#bounds = bounds
  }

  push(items: readonly LogItem[]): void {
    if (items.length === 0) return
    for (const item of items) {
      this.#items.push(item)
      this.#bytes += bytesOf(item)
    }
    this.#drop()
    this.#wake()
  }

  /** Nothing more comes. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  /** All that there is, waiting for some; undefined when nothing comes any more. */
  async take(): Promise<Taken | undefined> {
    while (this.#items.length === 0) {
      if (this.#closed) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const taken = { missedLines: this.#missed, items: this.#items }
    this.#items = []
    this.#bytes = 0
    this.#missed = 0
    return taken
  }

  /** The last one always stays, whatever its size. */
  #drop(): void {
    const { lines, bytes } = this.#bounds
    let dropped = 0
    let isEndDropped = false
    while (
      dropped < this.#items.length - 1 &&
      (this.#items.length - dropped > lines || this.#bytes > bytes)
    ) {
      const item = this.#items[dropped]
      dropped += 1
      if (item === undefined) break
      this.#bytes -= bytesOf(item)
      this.#missed += item.kind === 'line' ? 1 : 0
      isEndDropped ||= item.kind === 'end'
    }
    if (dropped > 0) this.#items.splice(0, dropped, ...(isEndDropped ? [{ kind: 'end' as const }] : []))
  }
}

function bytesOf(item: LogItem): number {
  return item.kind === 'line' ? item.bytes.length : 0
}
