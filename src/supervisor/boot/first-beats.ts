import type { Clock, Timer } from '../../ports/clock.ts'

/** Between two looks for a first heartbeat; the usual pace would hold a boot up for seconds. */
const everyMs = 1_000

/** Asks for the heartbeats more often as long as somebody's first one is waited for. */
export class FirstBeats {
  readonly #clock: Clock
  readonly #isAwaited: () => boolean
  readonly #ask: () => void
  #timer: Timer | null = null
  #closed = false

  constructor(clock: Clock, isAwaited: () => boolean, ask: () => void) {
    this.#clock = clock
    this.#isAwaited = isAwaited
    this.#ask = ask
  }

  /** Somebody may have begun to be waited for. */
  look(): void {
    if (this.#closed || this.#timer !== null || !this.#isAwaited()) return
    this.#timer = this.#clock.after(everyMs, () => this.#due(), { background: true })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #due(): void {
    this.#timer = null
    if (this.#isAwaited()) this.#ask()
    this.look()
  }
}
