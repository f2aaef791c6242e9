import { messageOf } from '../errors.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** Memory and CPU are looked at so often: one pass over /proc for all workers together. */
const everyMs = 30_000
/** After a start the pid of the command itself is learned so soon … */
const soonMs = 200
/** … but between two looks there is so much rest: workers that start again and again must not cost a pass each. */
const restMs = 2_000

/** Looks at memory and CPU now and then. Never twice at once, and never holds up anybody. */
export class UsageSampler {
  readonly #deps: { clock: Clock; logger: Logger; sample: () => Promise<void> }
  #timer: Timer | null = null
  #dueMs = Infinity
  #sampling = false
  #stopped = false
  #restsUntilMs = -Infinity
  /** When something was started last. */
  #startedMs = -Infinity

  constructor(deps: { clock: Clock; logger: Logger; sample: () => Promise<void> }) {
    this.#deps = deps
  }

  /** Something was started. A look that is due earlier stays: a row of starts would put it off for ever. */
  soon(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    this.#startedMs = nowMs
    const dueMs = Math.max(nowMs + soonMs, this.#restsUntilMs)
    if (!this.#sampling && dueMs < this.#dueMs) this.#in(dueMs - nowMs)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #in(delayMs: number): void {
    this.#timer?.cancel()
    if (this.#stopped) return
    const { clock } = this.#deps
    this.#dueMs = clock.monotonicMs() + delayMs
    this.#timer = clock.after(delayMs, () => void this.#run(), { background: true })
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#deps
    const beganMs = clock.monotonicMs()
    this.#sampling = true
    try {
      await this.#deps.sample()
    } catch (error) {
      logger.warn({ error: messageOf(error) }, `cannot look at the workers: ${messageOf(error)}`)
    }
    this.#sampling = false
    this.#restsUntilMs = clock.monotonicMs() + restMs
    // What was started so shortly before has not reached the size that it will have, and perhaps was not all there.
    this.#in(this.#startedMs >= beganMs - soonMs ? restMs : everyMs)
  }
}
