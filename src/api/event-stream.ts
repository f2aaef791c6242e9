import type { ServerEvent } from '../contract/outputs.ts'
import { type EventLog, type Hint, hints, type Place, placeText } from './event-log.ts'

/** An event as it is sent, with the place that whoever has seen it is at. */
export interface PlacedEvent {
  id: string
  event: ServerEvent
}

/**
 * One subscriber: where it stands in the log of events, and which hints it has not seen yet. A slow reader holds nothing but
 * its place; what it falls behind by more than is kept, it is told it has missed.
 */
export class EventStream {
  readonly #log: EventLog
  #seq: number
  #ledgerId: number
  /** Each waits for the events before it. */
  readonly #hints = new Map<Hint, number>()
  #ended = false
  #wake: () => void = () => {}
  readonly #unlisten: () => void

  /** From now on, or after the event that was seen last (which must be the log's, or the one before its oldest). */
  constructor(log: EventLog, after: number | null = null) {
    this.#log = log
    this.#seq = after ?? log.head
    this.#ledgerId = log.ledgerIdAt(this.#seq)
    // Nobody noted which hints somebody who was away had seen.
    if (after !== null) for (const hint of hints) this.#hints.set(hint, log.head)
    this.#unlisten = log.listen((hint) => {
      if (hint !== null && !this.#hints.has(hint)) this.#hints.set(hint, log.head)
      this.#wake()
    })
  }

  /** Where it stands. */
  get place(): Place {
    return { boot: this.#log.boot, seq: this.#seq, ledgerId: this.#ledgerId }
  }

  /** The next event, waiting for one; undefined once the stream has ended. One reader at a time. */
  async next(): Promise<PlacedEvent | undefined> {
    while (!this.#ended) {
      const event = this.#take()
      if (event !== undefined) return { id: placeText(this.place), event }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return undefined
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#unlisten()
    this.#wake()
  }

  #take(): ServerEvent | undefined {
    return this.#missed() ?? this.#hinted() ?? this.#logged()
  }

  #missed(): ServerEvent | undefined {
    const count = this.#log.oldest - 1 - this.#seq
    if (count <= 0) return undefined
    this.#goTo(this.#seq + count)
    return { event: 'missed', data: { count } }
  }

  #hinted(): ServerEvent | undefined {
    for (const [kind, after] of this.#hints) {
      if (after > this.#seq) continue
      this.#hints.delete(kind)
      return { event: 'change', data: { kind } }
    }
    return undefined
  }

  #logged(): ServerEvent | undefined {
    const logged = this.#log.at(this.#seq + 1)
    if (logged !== undefined) this.#goTo(this.#seq + 1)
    return logged?.event
  }

  #goTo(seq: number): void {
    this.#seq = seq
    this.#ledgerId = this.#log.ledgerIdAt(seq)
  }
}
