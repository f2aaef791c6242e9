import type { Clock } from '../../ports/clock.ts'

/** What a waiting loop listens on besides its own event: rung once, it stays rung until it is answered. */
export class Doorbell {
  #rung = false
  #wake: (() => void) | null = null

  get rung(): boolean {
    return this.#rung
  }

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Settles when rung, at once when it already is. One listener at a time. */
  heard(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#rung) resolve()
      else this.#wake = resolve
    })
  }

  /** Settles when rung, after `delayMs` (null: never), or with `other`. */
  async heardWithin(clock: Clock, delayMs: number | null, other?: Promise<void>): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const timer = delayMs === null ? null : clock.after(delayMs, resolve)
    await Promise.race(other === undefined ? [this.heard(), over] : [this.heard(), over, other])
    timer?.cancel()
  }

  answer(): void {
    this.#rung = false
    this.#wake = null
  }
}
