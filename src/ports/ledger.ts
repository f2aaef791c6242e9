import type { LedgerEntry, LedgerFilter, NewLedgerEntry } from '../domain/ledger-event.ts'

/** The append-only, hash-chained audit trail of this node. */
export interface Ledger {
  /** Settles when the entry is on disk. Entries appended together are committed together. */
  append(entry: NewLedgerEntry): Promise<LedgerEntry>
  /** Newest last. */
  read(filter: LedgerFilter): LedgerEntry[]
  /** Walks the chain; answers the first entry that does not verify. */
  verify(): Promise<LedgerVerdict>
  /** Called after each commit, until the returned function is called. */
  subscribe(listener: (entries: readonly LedgerEntry[]) => void): () => void
}

export type LedgerVerdict =
  | { ok: true; entries: number; head: string }
  | { ok: false; entries: number; brokenAt: number; reason: string }
