import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** The return of leases is the daemon's to repeat; a stop waits for it no longer than this. */
const settleMs = 5000

/** Deaths that have been told and are being dealt with: nobody waits for them but a stop. */
export class PendingDeaths {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #pending = new Set<Promise<void>>()

  constructor(deps: { clock: Clock; logger: Logger }) {
    this.#clock = deps.clock
    this.#logger = deps.logger
  }

  add(settling: Promise<void>): void {
    const death = settling
      .catch((error: unknown) => {
        this.#logger.error({ error: messageOf(error) }, `a death was not dealt with: ${messageOf(error)}`)
      })
      .finally(() => this.#pending.delete(death))
    this.#pending.add(death)
  }

  /** Settles when all have been dealt with, or after 5 s. */
  async settled(): Promise<void> {
    const over = new AbortController()
    const timeUp = this.#clock.sleep(settleMs, over.signal).catch(() => {})
    await Promise.race([Promise.all(this.#pending), timeUp])
    over.abort()
  }
}
