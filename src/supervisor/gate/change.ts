/** Tells whoever waits that something has changed, once each time. */
export class Change {
  #changed = Promise.withResolvers<void>()

  /** Settles at the next change. */
  get next(): Promise<void> {
    return this.#changed.promise
  }

  happened(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
