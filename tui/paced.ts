import type { Clock, Timer } from '../src/ports/clock.ts'

/**
 * An action that is wanted more often than it should run: one at a time, each start at least the interval after the last,
 * and always once more for the latest input. The action settles its own failures. The interval may be by what the last was
 * started with: what is large is asked for more rarely. Where wishes come in bursts, a start waits for the burst to settle.
 */
export class Paced<Input> {
  readonly #clock: Clock
  readonly #intervalMs: number | ((input: Input) => number)
  readonly #action: (input: Input) => Promise<void>
  #waiting: { input: Input } | undefined
  #running = false
  #stopped = false
  #timer: Timer | undefined
  readonly #settleMs: number
  #nextMs = Number.NEGATIVE_INFINITY
  #startedMs = Number.NEGATIVE_INFINITY

  constructor(
    clock: Clock,
    intervalMs: number | ((input: Input) => number),
    action: (input: Input) => Promise<void>,
    settleMs = 0,
  ) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#action = action
    this.#settleMs = settleMs
  }

  /** When it was started last, monotonic; minus infinity: never. */
  get startedMs(): number {
    return this.#startedMs
  }

  request(input: Input): void {
    if (!this.#waiting) this.#nextMs = Math.max(this.#nextMs, this.#settledMs())
    this.#waiting = { input }
    this.#pump()
  }

  /** As `request`, by somebody who waits for it: the interval since the last start does not count. */
  hurry(input: Input): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#nextMs = Math.min(this.#nextMs, this.#settledMs())
    this.#waiting = { input }
    this.#pump()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #settledMs(): number {
    return this.#clock.monotonicMs() + this.#settleMs
  }

  #pump(): void {
    if (this.#stopped || this.#running || this.#timer || !this.#waiting) return
    const waitMs = this.#nextMs - this.#clock.monotonicMs()
    if (waitMs <= 0) return this.#start(this.#waiting.input)
    this.#timer = this.#clock.after(waitMs, () => {
      this.#timer = undefined
      this.#pump()
    })
  }

  #start(input: Input): void {
    this.#waiting = undefined
    this.#running = true
    const intervalMs = typeof this.#intervalMs === 'number' ? this.#intervalMs : this.#intervalMs(input)
    this.#startedMs = this.#clock.monotonicMs()
    this.#nextMs = this.#startedMs + intervalMs
    void this.#action(input).finally(() => {
      this.#running = false
      this.#pump()
    })
  }
}
