import { messageOf } from '../errors.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** Memory and CPU are looked at so often: one pass over /proc for all workers together. */
const everyMs = 30_000
/** After a start the pid of the command itself is learned so soon. */
const soonMs = 200

/** Looks at memory and CPU now and then. Never twice at once, and never holds up anybody. */
export class UsageSampler {
  readonly #deps: { clock: Clock; logger: Logger; sample: () => Promise<void> }
  #timer: Timer | null = null
  #sampling = false
  #stopped = false

  constructor(deps: { clock: Clock; logger: Logger; sample: () => Promise<void> }) {
    this.#deps = deps
  }

  /** Something was started. */
  soon(): void {
    this.#in(soonMs)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #in(delayMs: number): void {
    this.#timer?.cancel()
    if (!this.#stopped) {
      this.#timer = this.#deps.clock.after(delayMs, () => void this.#run(), { background: true })
    }
  }

  async #run(): Promise<void> {
    if (this.#sampling) return this.#in(soonMs)
    this.#sampling = true
    try {
      await this.#deps.sample()
    } catch (error) {
      this.#deps.logger.warn({ error: messageOf(error) }, `cannot look at the workers: ${messageOf(error)}`)
    }
    this.#sampling = false
    this.#in(everyMs)
  }
}
