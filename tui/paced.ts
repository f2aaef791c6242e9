import type { Clock, Timer } from '../src/ports/clock.ts'

/**
 * An action that is wanted more often than it should run: one at a time, each start at least `intervalMs` after the last,
 * and always once more for the latest input. The action settles its own failures.
 */
export class Paced<Input> {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #action: (input: Input) => Promise<void>
  #waiting: { input: Input } | undefined
  #running = false
  #stopped = false
  #timer: Timer | undefined
  #startedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, intervalMs: number, action: (input: Input) => Promise<void>) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#action = action
  }

  request(input: Input): void {
    this.#waiting = { input }
    this.#pump()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #pump(): void {
    if (this.#stopped || this.#running || this.#timer || !this.#waiting) return
    const waitMs = this.#startedMs + this.#intervalMs - this.#clock.monotonicMs()
    if (waitMs <= 0) return this.#start(this.#waiting.input)
    this.#timer = this.#clock.after(waitMs, () => {
      this.#timer = undefined
      this.#pump()
    })
  }

  #start(input: Input): void {
    this.#waiting = undefined
    this.#running = true
    this.#startedMs = this.#clock.monotonicMs()
    void this.#action(input).finally(() => {
      this.#running = false
      this.#pump()
    })
  }
}
