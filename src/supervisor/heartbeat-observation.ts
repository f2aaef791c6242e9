import type { Clock } from '../ports/clock.ts'

/**
 * How long heartbeats have been looked at without a break. While nobody could look (the database was away, this process
 * was stalled, the machine slept) workers could not show themselves either, so what came before a break proves nothing.
 */
export class HeartbeatObservation {
  readonly #clock: Clock
  readonly #longestBreakMs: number
  #since: { mono: number } | null = null
  #last: { mono: number; wall: number } | null = null

  /** @param longestBreakMs a longer pause between two looks is a break */
  constructor(clock: Clock, longestBreakMs: number) {
    this.#clock = clock
    this.#longestBreakMs = longestBreakMs
  }

  /** Somebody looks now. Answers for how long that has gone on, in milliseconds. */
  look(): number {
    const now = { mono: this.#clock.monotonicMs(), wall: this.#clock.wallMs() }
    // Monotonic time stands still while the machine sleeps; wall time does not.
    const pauseMs =
      this.#last === null
        ? Number.POSITIVE_INFINITY
        : Math.max(now.mono - this.#last.mono, now.wall - this.#last.wall)
    if (this.#since === null || pauseMs > this.#longestBreakMs) this.#since = { mono: now.mono }
    this.#last = now
    return now.mono - this.#since.mono
  }
}
