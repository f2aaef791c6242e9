import { matchesTopic, parsePattern, type TopicPattern } from '../domain/bus/topic.ts'
import type { BusFrame, BusSubscription, BusWish } from '../ports/bus.ts'
import { FrameQueue, type FrameQueueLimits } from './frame-queue.ts'

/** One who listens or responds, with what it has yet to read. */
export class Subscriber implements BusSubscription {
  readonly id: number
  readonly responds: boolean
  readonly door: string
  /** Requests that it was given and that wait for its answer, by their ids. */
  readonly open = new Set<string>()
  /** When it was given its last one, as a count: among equals the one that rested longest is next. */
  lastTurn = 0
  readonly #patterns: readonly TopicPattern[]
  readonly #queue = new FrameQueue()
  readonly #limits: () => FrameQueueLimits
  readonly #left: (subscriber: Subscriber) => void
  #ended = false
  #hasLeft = false
  #wake: (() => void) | undefined

  constructor(
    id: number,
    { patterns, respond, door }: BusWish,
    deps: { limits: () => FrameQueueLimits; left: (subscriber: Subscriber) => void },
  ) {
    this.id = id
    this.responds = respond
    this.door = door
    this.#patterns = patterns.map(parsePattern)
    this.#limits = deps.limits
    this.#left = deps.left
    this.give({ event: 'ready', json: JSON.stringify({ topics: patterns, respond }) })
  }

  get missed(): number {
    return this.#queue.dropped
  }

  wants(topic: string): boolean {
    return this.#patterns.some((pattern) => matchesTopic(pattern, topic))
  }

  hasRoomFor(bytes: number): boolean {
    return this.#queue.hasRoomFor(bytes, this.#limits())
  }

  give(frame: BusFrame, requestId: string | null = null): void {
    if (this.#ended) return
    this.#queue.push(frame, this.#limits(), requestId)
    this.#wake?.()
  }

  /** False: it has been handed over already. */
  withdraw(requestId: string): boolean {
    return this.#queue.withdraw(requestId)
  }

  async next(): Promise<readonly BusFrame[] | undefined> {
    while (this.#queue.isEmpty && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    return this.#queue.isEmpty ? undefined : this.#queue.take()
  }

  end(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    // While its requests can still be told apart into those that were handed over and those that were not.
    this.#left(this)
    this.#queue.clear()
    this.close()
  }

  close(): void {
    this.#ended = true
    this.#wake?.()
  }
}
