import type { Clock, Timer } from '../src/ports/clock.ts'

/**
 * An action that is wanted more often than it should run: one at a time, each start at least the interval after the last,
 * and always once more for the latest input. The action settles its own failures. The interval may be by what the last was
 * started with: what is large is asked for more rarely.
 */
export class Paced<Input> {
  readonly #clock: Clock
  readonly #intervalMs: number | ((input: Input) => number)
  readonly #action: (input: Input) => Promise<void>
  #waiting: { input: Input } | undefined
  #running = false
  #stopped = false
  #timer: Timer | undefined
  #nextMs = Number.NEGATIVE_INFINITY

  constructor(
    clock: Clock,
    intervalMs: number | ((input: Input) => number),
    action: (input: Input) => Promise<void>,
  ) {
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
    this.#nextMs = this.#clock.monotonicMs() + intervalMs
    void this.#action(input).finally(() => {
      this.#running = false
      this.#pump()
    })
  }
}
