/** Runs an action one at a time. Asked while it runs, it runs once more after that, however often it was asked. */
export class Sequence {
  readonly #action: () => Promise<void>
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(action: () => Promise<void>) {
    this.#action = action
  }

  /** Settles when the action has run at least once since this call. */
  run(): Promise<void> {
    if (!this.#running) return this.#start()
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#start()
      })
    return this.#next
  }

  #start(): Promise<void> {
    this.#running = this.#action().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }
}
