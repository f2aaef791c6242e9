import type { LedgerEntry, LedgerFilter, NewLedgerEntry } from '../domain/ledger-event.ts'

/** The append-only, hash-chained audit trail of this node. */
export interface Ledger {
  /**
   * Settles when the entry is on disk; rejects when it is not (`state.full`, …), for callers who then do it again. Entries
   * that arrive together are committed together.
   */
  append(entry: NewLedgerEntry): Promise<LedgerEntry>
  /**
   * For callers who must not wait for a disk. The order is that of all appends; while the disk refuses, a bounded number
   * is kept and written when it can be. What is lost all the same is counted in the log and, later, in the ledger.
   */
  note(entry: NewLedgerEntry): void
  /** Newest last. */
  read(filter: LedgerFilter): LedgerEntry[]
  /** Walks the chain; answers the first entry that does not verify. */
  verify(): Promise<LedgerVerdict>
  /** Takes the oldest entries away until all of the bounds hold, in small batches. Answers how many went. */
  prune(bounds: LedgerBounds): Promise<number>
  /** Called after each commit, until the returned function is called. */
  subscribe(listener: (entries: readonly LedgerEntry[]) => void): () => void
}

/** What the ledger may hold. */
export interface LedgerBounds {
  /** Epoch milliseconds: older entries go. */
  before: number
  entries: number
}

export type LedgerVerdict =
  | { ok: true; entries: number; head: string }
  | { ok: false; entries: number; brokenAt: number; reason: string }
