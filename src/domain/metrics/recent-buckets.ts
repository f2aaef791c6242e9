/** How two values of one bucket become one: counts add up, of waits the longest is kept. */
export type Combine = (one: number, other: number) => number

export const sum: Combine = (one, other) => one + other
export const largest: Combine = (one, other) => Math.max(one, other)

/**
 * What was noted lately, by buckets of time of the same length: a ring whose places are overwritten as time goes on. It never
 * grows, and noting costs the same however much was noted before.
 */
export class RecentBuckets {
  readonly bucketMs: number
  readonly #combine: Combine
  /** Which bucket each place holds, counted from the epoch; −1: none yet. */
  readonly #buckets: Float64Array
  readonly #values: Float64Array

  constructor(bucketMs: number, count: number, combine: Combine) {
    this.bucketMs = bucketMs
    this.#combine = combine
    this.#buckets = new Float64Array(count).fill(-1)
    this.#values = new Float64Array(count)
  }

  /** @param atMs what lies further back than the ring reaches is left out */
  note(atMs: number, value: number): void {
    const bucket = this.#bucketOf(atMs)
    const place = bucket % this.#buckets.length
    const held = this.#buckets[place] ?? -1
    if (held > bucket) return
    this.#values[place] = held === bucket ? this.#combine(this.#values[place] ?? 0, value) : value
    this.#buckets[place] = bucket
  }

  /** The values from `sinceMs` on as far as the ring reaches, oldest first; the last is that of now, still open. Null: nothing was noted. */
  read(sinceMs: number, nowMs: number): (number | null)[] {
    const last = this.#bucketOf(nowMs)
    const first = Math.max(this.#bucketOf(sinceMs), last - this.#buckets.length + 1)
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
      const bucket = first + index
      const place = bucket % this.#buckets.length
      return this.#buckets[place] === bucket ? (this.#values[place] ?? null) : null
    })
  }

  #bucketOf(atMs: number): number {
    return Math.max(0, Math.floor(atMs / this.bucketMs))
  }
}
