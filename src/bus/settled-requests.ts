/** How a request ended, for whoever answers it again, or too late. */
export type Ending = 'answered' | 'timeout' | 'asker_gone' | 'responder_gone'

/** The last so many are remembered; who answers later still is told that nothing is known. */
const rememberedMax = 10_000

export class SettledRequests {
  readonly #endings = new Map<string, Ending>()

  remember(id: string, ending: Ending): void {
    this.#endings.set(id, ending)
    const [oldest] = this.#endings.keys()
    if (this.#endings.size > rememberedMax && oldest !== undefined) this.#endings.delete(oldest)
  }

  endingOf(id: string): Ending | undefined {
    return this.#endings.get(id)
  }
}
