import type Database from 'better-sqlite3'

/** Whether a file that SQLite opens is a state's: one that was emptied is a sound database, too. */
export function hasLedger(db: Database.Database): boolean {
  const found = db.prepare<[], { name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'ledger_entries'",
  )
  return found.get() !== undefined
}
