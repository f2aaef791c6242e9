import type { ServerEvent } from '../contract/outputs.ts'
import type { DaemonServices } from './services.ts'

/** What a subscriber may lag behind; beyond it the oldest are dropped and counted. */
const maxQueued = 1000

/**
 * One subscriber's events: a snapshot first, then what changed since, none lost between (it subscribes before it looks).
 * Bounded: a slow reader loses the oldest, is told how many, and slows nobody.
 */
export class EventStream {
  #queue: ServerEvent[] = []
  #missed = 0
  #ended = false
  #wake: () => void = () => {}
  readonly #unsubscribe: (() => void)[]

  constructor(services: Pick<DaemonServices, 'subscribe' | 'ledger'>) {
    this.#unsubscribe = [
      services.subscribe((data) => this.#changed(data)),
      services.ledger.subscribe((entries) => this.#push({ event: 'ledger', data: [...entries] })),
    ]
  }

  /** The next event, waiting for one; undefined once the stream has ended. One reader at a time. */
  async next(): Promise<ServerEvent | undefined> {
    while (!this.#ended) {
      const event = this.#take()
      if (event) return event
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return undefined
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#wake()
  }

  /** Hints such as "positions changed" say nothing new while the same one still waits. */
  #changed(data: (ServerEvent & { event: 'change' })['data']): void {
    const same = (event: ServerEvent) => event.event === 'change' && event.data.kind === data.kind
    if (
      (data.kind === 'changed' || data.kind === 'workers' || data.kind === 'positions') &&
      this.#queue.some(same)
    )
      return
    this.#push({ event: 'change', data })
  }

  #push(event: ServerEvent): void {
    this.#queue.push(event)
    if (this.#queue.length > maxQueued) {
      this.#queue.shift()
      this.#missed += 1
    }
    this.#wake()
  }

  #take(): ServerEvent | undefined {
    if (this.#missed === 0) return this.#queue.shift()
    const count = this.#missed
    this.#missed = 0
    return { event: 'missed', data: { count } }
  }
}
