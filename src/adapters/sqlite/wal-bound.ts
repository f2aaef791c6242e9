import type { Database } from 'better-sqlite3'
import { statSync } from 'node:fs'

/**
 * The write-ahead log is folded into the file every 1,000 pages (4 MB). Only somebody's open read (a shell, a backup) keeps
 * it from starting over. 10 MB, then, and no more batches: the largest, 1 MB of entries that touch 1,000 scattered pages of
 * the indexes, adds less than 6 MB, so that 16 MB are never passed; and folding 16 MB takes less than 50 ms.
 */
const pinnedBytes = 10 * 1024 * 1024

/** Whether the log has room for a batch of ledger entries; folds it first where that helps. Waits for nobody. */
export function walHasRoom(db: Database): boolean {
  if (walBytes(db) <= pinnedBytes) return true
  foldWal(db)
  return walBytes(db) <= pinnedBytes
}

/** A checkpoint would wait for readers as long as any statement waits for a lock, and the event loop with it: not this one. */
function foldWal(db: Database): void {
  const timeout = Number(db.pragma('busy_timeout', { simple: true }))
  db.pragma('busy_timeout = 0')
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.pragma(`busy_timeout = ${timeout}`)
  }
}

function walBytes(db: Database): number {
  return statSync(`${db.name}-wal`, { throwIfNoEntry: false })?.size ?? 0
}
