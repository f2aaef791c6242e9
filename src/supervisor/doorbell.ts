import type { Clock } from '../ports/clock.ts'

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

  /** Settles when rung, or after `delayMs`. */
  async heardWithin(clock: Clock, delayMs: number): Promise<void> {
    let wake = (): void => {}
    const over = new Promise<void>((resolve) => {
      wake = resolve
    })
    const timer = clock.after(delayMs, wake)
    await Promise.race([this.heard(), over])
    timer.cancel()
  }

  answer(): void {
    this.#rung = false
    this.#wake = null
  }
}
