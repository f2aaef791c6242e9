import { type FSWatcher, watch } from 'node:fs'
import type { Clock } from '../../ports/clock.ts'

/** Where nobody tells (the file is not there yet, was replaced, or the system has no watches left), we look so often. */
const lookMs = 1000

/** Rings when a file is written to. */
export class Doorbell {
  readonly #path: string
  readonly #clock: Clock
  #watcher: FSWatcher | null = null
  #pending = false
  #wake: (() => void) | null = null

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
    this.#listen()
  }

  /** Settles when it has rung since the last time, after a second at the latest, and when `signal` is aborted. */
  async rung(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#pending && signal?.aborted !== true) await this.#wait(signal)
    this.#pending = false
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = this.#clock.after(lookMs, () => {
      // The file may be another one by now.
      this.#listen()
      resolve()
    })
    const abandon = () => resolve()
    signal?.addEventListener('abort', abandon, { once: true })
    await promise
    signal?.removeEventListener('abort', abandon)
    timer.cancel()
    this.#wake = null
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = null
  }

  #listen(): void {
    this.close()
    try {
      this.#watcher = watch(this.#path, () => {
        this.#pending = true
        this.#wake?.()
      })
      this.#watcher.on('error', () => this.close())
    } catch {
      // Then the timer alone.
    }
  }
}
