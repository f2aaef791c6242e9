/**
 * The last so many numbers, oldest forgotten first. Adding costs the same however many came before.
 *
 * A ring that is sorted when somebody asks, and not a histogram: `createHistogram` of node:perf_hooks and the HDR libraries
 * cannot forget one value, and so can tell of "all" or of "since the last reset", never of exactly the last 1,000; a sorted
 * array pays at each insertion for an answer that is asked for once in many. 1,000 numbers are 8 KB, and sorting them takes
 * some 50 µs.
 */
export class LastNumbers {
  readonly #ring: Float64Array
  #next = 0
  #count = 0

  constructor(capacity: number, initial: readonly number[] = []) {
    this.#ring = new Float64Array(capacity)
    for (const value of initial.slice(-capacity)) this.add(value)
  }

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    this.#ring[this.#next] = value
    this.#next = (this.#next + 1) % this.#ring.length
    this.#count = Math.min(this.#count + 1, this.#ring.length)
  }

  /** In the order in which they came. */
  inOrder(): Float64Array {
    if (this.#count < this.#ring.length) return this.#ring.slice(0, this.#count)
    const ordered = new Float64Array(this.#count)
    ordered.set(this.#ring.subarray(this.#next))
    ordered.set(this.#ring.subarray(0, this.#next), this.#count - this.#next)
    return ordered
  }
}
