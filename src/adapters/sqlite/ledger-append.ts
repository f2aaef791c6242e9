import type { Database } from 'better-sqlite3'
import { ledgerGenesisHash } from '../../domain/ledger-event.ts'
import type { LedgerEntry, NewLedgerEntry } from '../../domain/ledger-event.ts'
import { entryOf, hashOf, rowOf } from './ledger-row.ts'
import type { LedgerRow } from './ledger-row.ts'

export interface Appended {
  entry: LedgerEntry
  /** False: its dedupe key was known, and this is the entry that was there. */
  fresh: boolean
}

/**
 * Appends a batch of storable entries in one transaction: one fsync for all of it. The chain's end is read inside the transaction, not
 * remembered, so that neither a failed commit nor another connection can fork the chain.
 */
export function ledgerAppender(
  db: Database,
): (batch: readonly NewLedgerEntry[], wallMs: number) => Appended[] {
  const head = db.prepare<[], { id: number; hash: string }>(
    `SELECT id, hash FROM ledger_entries
     UNION ALL SELECT up_to_id, hash FROM ledger_checkpoints
     ORDER BY 1 DESC LIMIT 1`,
  )
  const known = db.prepare<[string], LedgerRow>('SELECT * FROM ledger_entries WHERE dedupe_key = ?')
  const insert = db.prepare<[LedgerRow]>(
    `INSERT INTO ledger_entries (id, created_at, event_type, level, actor, task_id, worker, message, data, dedupe_key,
       prev_hash, hash)
     VALUES (:id, :created_at, :event_type, :level, :actor, :task_id, :worker, :message, :data, :dedupe_key,
       :prev_hash, :hash)`,
  )

  const appendAll = db.transaction((batch: readonly NewLedgerEntry[], wallMs: number): Appended[] => {
    let { id, hash } = head.get() ?? { id: 0, hash: ledgerGenesisHash }
    return batch.map((clean) => {
      const existing = clean.dedupeKey === undefined ? undefined : known.get(clean.dedupeKey)
      if (existing !== undefined) return { entry: entryOf(existing), fresh: false }
      const unhashed = { ...clean, id: id + 1, createdAt: Math.trunc(wallMs) }
      const entry = { ...unhashed, hash: hashOf(unhashed, hash) }
      insert.run(rowOf(entry, hash))
      id = entry.id
      hash = entry.hash
      return { entry, fresh: true }
    })
  })
  return (batch, wallMs) => appendAll.immediate(batch, wallMs)
}
