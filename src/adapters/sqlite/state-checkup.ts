import type Database from 'better-sqlite3'
import { lstatSync, readlinkSync } from 'node:fs'
import type { StateFacts } from '../../ports/state-checkup.ts'
import { messageOf } from '../../errors.ts'
import { isDamage, operational } from './failures.ts'
import { hasLedger } from './has-ledger.ts'
import { entryOf, hashOf, type LedgerRow } from './ledger-row.ts'
import { openToLook } from './open-to-look.ts'
import { migrations } from './schema.ts'

/** Reading all of a larger file would take longer than a look should. */
const wholeCheckBytes = 64 * 1024 * 1024
const tailEntries = 1_000
const busyTimeoutMs = 500

/**
 * Looks the state's file over and writes nothing, not even a migration. The whole chain is `jrctl ledger verify`'s business.
 * @throws OperationalError state.* when it cannot be opened
 */
export function examineState(path: string): StateFacts {
  const stats = lstatSync(path)
  const { size } = stats
  if (!stats.isFile()) {
    const misplaced = stats.isSymbolicLink() ? `a link to ${readlinkSync(path)}` : 'something that is no file'
    return { bytes: size, misplaced, damage: null, newer: null, ledger: null }
  }
  try {
    const db = openToLook(path, busyTimeoutMs)
    try {
      const found = Number(db.pragma('user_version', { simple: true }))
      const known = migrations.length
      if (found > known)
        return { bytes: size, misplaced: null, damage: null, newer: { found, known }, ledger: null }
      if (!hasLedger(db)) return { bytes: size, misplaced: null, damage: emptied, newer: null, ledger: null }
      return {
        bytes: size,
        misplaced: null,
        damage: size > wholeCheckBytes ? null : damageOf(db),
        newer: null,
        ledger: tailOf(db),
      }
    } finally {
      db.close()
    }
  } catch (error) {
    // To find that is what the look is for.
    if (isDamage(error))
      return { bytes: size, misplaced: null, damage: messageOf(error), newer: null, ledger: null }
    throw operational(error, `looking at ${path}`)
  }
}

const emptied = 'it holds no ledger any more'

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
