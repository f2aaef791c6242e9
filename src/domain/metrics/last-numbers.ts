const firstSize = 16

/**
 * The last so many numbers, oldest forgotten first. Adding costs the same however many came before.
 *
 * A ring that is sorted when somebody asks, and not a histogram: `createHistogram` of node:perf_hooks and the HDR libraries
 * cannot forget one value, and so can tell of "all" or of "since the last reset", never of exactly the last 1,000; a sorted
 * array pays at each insertion for an answer that is asked for once in many. 1,000 numbers are 8 KB, and sorting them takes
 * some 50 µs.
 */
export class LastNumbers {
  readonly #capacity: number
  /** Grows to its capacity as it is filled: most Jrs of a large fleet do little. */
  #ring = new Float64Array(firstSize)
  #next = 0
  #count = 0

  constructor(capacity: number, initial: readonly number[] = []) {
    this.#capacity = capacity
    for (const value of initial.slice(-capacity)) this.add(value)
  }

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    if (this.#count === this.#ring.length && this.#count < this.#capacity) this.#grow()
    this.#ring[this.#next] = value
    this.#next = (this.#next + 1) % Math.min(this.#capacity, this.#ring.length)
    this.#count = Math.min(this.#count + 1, this.#capacity)
  }

  /** In the order in which they came. */
  inOrder(): Float64Array {
    if (this.#count < this.#capacity) return this.#ring.slice(0, this.#count)
    const ordered = new Float64Array(this.#count)
    ordered.set(this.#ring.subarray(this.#next, this.#capacity))
    ordered.set(this.#ring.subarray(0, this.#next), this.#count - this.#next)
    return ordered
  }

  /** It is full, and was never wrapped: its values lie in order. */
  #grow(): void {
    const larger = new Float64Array(this.#ring.length * 2)
    larger.set(this.#ring)
    this.#next = this.#count
    this.#ring = larger
  }
}
