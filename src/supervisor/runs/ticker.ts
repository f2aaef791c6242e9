import type { Clock, Timer } from '../../ports/clock.ts'

/**
 * The longest sleep before the wall clock is looked at again: it may be set, and while the machine sleeps no timer goes on. No
 * event tells of either.
 */
const napMaxMs = 30_000

/** Wakes somebody at a time of the wall clock: one timer for all schedules together. */
export class Ticker {
  readonly #clock: Clock
  readonly #tick: () => void
  #timer: Timer | null = null

  constructor(clock: Clock, tick: () => void) {
    this.#clock = clock
    this.#tick = tick
  }

  /** @param atMs epoch milliseconds; null: there is nothing to wait for */
  wakeAt(atMs: number | null): void {
    this.stop()
    if (atMs === null) return
    // A timer may fire a millisecond early; from 1 on, it does not spin.
    const delayMs = Math.min(napMaxMs, Math.max(1, atMs - this.#clock.wallMs()))
    this.#timer = this.#clock.after(delayMs, () => this.#tick(), { background: true })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
