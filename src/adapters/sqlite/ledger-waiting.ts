import type { LedgerEntry, NewLedgerEntry } from '../../domain/ledger-event.ts'

/** An entry on its way to the disk. */
export interface Waiting {
  entry: NewLedgerEntry
  bytes: number
  /** Null: nobody waits for it (`note`), and it is kept when the disk refuses. */
  answer: { resolve(entry: LedgerEntry): void; reject(error: Error): void } | null
}

/** So many entries, or bytes, a commit: about 5 ms of inserts and one fsync. */
const batchMax = 512
const batchBytesMax = 1024 * 1024
/** So many waiting mean that the disk has stopped; more are refused instead of eating the memory. */
export const waitingMax = 10_000

/** The entries that wait for the next commit, in order. */
export class WaitingEntries {
  #entries: Waiting[] = []

  get count(): number {
    return this.#entries.length
  }

  get isFull(): boolean {
    return this.#entries.length >= waitingMax
  }

  /** Waiting for company makes no sense any more. */
  get isBatch(): boolean {
    return this.#entries.length >= batchMax
  }

  add(one: Waiting): void {
    this.#entries.push(one)
  }

  /** At least one, if there is one. */
  takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const one of this.#entries) {
      bytes += one.bytes
      if (count >= batchMax || (count > 0 && bytes > batchBytesMax)) break
      count += 1
    }
    return this.#entries.splice(0, count)
  }

  /** A commit was refused for now: who waits for an answer gets it, the rest waits in its order for another try. */
  refuse(batch: readonly Waiting[], failure: Error): void {
    const all = [...batch, ...this.#entries]
    for (const { answer } of all) answer?.reject(failure)
    this.#entries = all.filter(({ answer }) => answer === null)
  }
}

/** The size of what an entry brings to the disk, nearly. */
export function bytesOf(entry: NewLedgerEntry): number {
  const data = entry.data === undefined ? 0 : JSON.stringify(entry.data).length
  return 300 + entry.message.length + data
}

/** Settles a batch that will not be tried again. Answers how many entries nobody else knows of. */
export function giveUp(batch: readonly Waiting[], failure: Error): number {
  for (const { answer } of batch) answer?.reject(failure)
  return batch.filter(({ answer }) => answer === null).length
}
