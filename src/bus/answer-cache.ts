import type { Json } from '../domain/task.ts'

/** Beside the limit of bytes, for answers of a few. */
const entriesMax = 10_000

interface Kept {
  data: Json
  bytes: number
  answeredMs: number
  untilMs: number
}

/** Answers that equal questions may share, for as long as who asked allowed; the oldest go when there are too many. */
export class AnswerCache {
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  /** An answer no older than `maxAgeMs`. */
  find(key: string, maxAgeMs: number, nowMs: number): { data: Json } | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined || nowMs - kept.answeredMs > maxAgeMs) return undefined
    return { data: kept.data }
  }

  keep(
    key: string,
    answer: { data: Json; bytes: number; forMs: number },
    nowMs: number,
    bytesMax: number,
  ): void {
    this.#drop(key)
    if (answer.bytes > bytesMax) return
    const bytes = answer.bytes + key.length
    this.#kept.set(key, { data: answer.data, bytes, answeredMs: nowMs, untilMs: nowMs + answer.forMs })
    this.#bytes += bytes
    for (const [oldest, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#bytes <= bytesMax && this.#kept.size <= entriesMax) break
      this.#drop(oldest)
    }
  }

  clear(): void {
    this.#kept.clear()
    this.#bytes = 0
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#bytes -= kept.bytes
  }
}
