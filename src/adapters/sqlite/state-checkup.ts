import Database from 'better-sqlite3'
import { statSync } from 'node:fs'
import type { StateFacts } from '../../ports/state-checkup.ts'
import { operational } from './failures.ts'
import { entryOf, hashOf, type LedgerRow } from './ledger-row.ts'

/** Reading all of a larger file would take longer than a look should. */
const wholeCheckBytes = 64 * 1024 * 1024
const tailEntries = 1_000
const busyTimeoutMs = 500

/**
 * Looks the state's file over and writes nothing, not even a migration. The whole chain is `jrctl ledger verify`'s business.
 * @throws OperationalError state.* when it cannot be opened
 */
export function examineState(path: string): StateFacts {
  const { size } = statSync(path)
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    try {
      return { bytes: size, damage: size > wholeCheckBytes ? null : damageOf(db), ledger: tailOf(db) }
    } finally {
      db.close()
    }
  } catch (error) {
    throw operational(error, `looking at ${path}`)
  }
}

function damageOf(db: Database.Database): string | null {
  const found = db.pragma('quick_check(1)', { simple: true })
  return found === 'ok' ? null : String(found)
}

function tailOf(db: Database.Database): StateFacts['ledger'] {
  const rows = db
    .prepare<[number], LedgerRow>('SELECT * FROM ledger_entries ORDER BY id DESC LIMIT ?')
    .all(tailEntries)
    .toReversed()
  const broken = rows.find((row, index) => {
    const before = rows[index - 1]
    const follows = before === undefined || (row.id === before.id + 1 && row.prev_hash === before.hash)
    return !follows || hashOf(entryOf(row), row.prev_hash) !== row.hash
  })
  return { checked: rows.length, brokenAt: broken?.id ?? null }
}
