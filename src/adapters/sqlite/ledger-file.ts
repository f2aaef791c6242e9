import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { OperationalError, messageOf } from '../../errors.ts'
import type { LedgerVerdict } from '../../ports/ledger.ts'
import { isDamage, operational } from './failures.ts'
import { hasLedger } from './has-ledger.ts'
import { verifyLedger } from './ledger-verify.ts'
import { requireOurs } from './migrate.ts'
import { setAsideMark } from './open-database.ts'
import { openToLook } from './open-to-look.ts'

const busyTimeoutMs = 500

/**
 * Verifies the ledger in a state file, of whoever it is, without a daemon: opened to be read only, not even migrated. A file
 * that is damaged as a database has a broken ledger.
 * @throws OperationalError state.* when it cannot be opened, or is another program's
 */
export async function verifyLedgerFile(path: string): Promise<LedgerVerdict> {
  try {
    const db = openToLook(path, busyTimeoutMs)
    try {
      requireOurs(db)
      if (!hasLedger(db)) throw foreign(path)
      return await verifyLedger(db)
    } finally {
      db.close()
    }
  } catch (error) {
    if (isDamage(error))
      return { ok: false, entries: 0, brokenAt: 1, reason: `the file cannot be read: ${messageOf(error)}` }
    throw operational(error, `reading ${path}`)
  }
}

function foreign(path: string): OperationalError {
  return new OperationalError(`${path} holds no ledger`, {
    code: 'state.foreign',
    retryable: false,
    hint: 'name a state.sqlite of a daemon, or one that was set aside',
  })
}

/** The damaged files that were set aside in favour of this one, the oldest first. */
export async function setAsideFiles(path: string): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(() => [])
  const prefix = `${basename(path)}${setAsideMark}`
  return names
    .filter((name) => name.startsWith(prefix) && !/-(wal|shm)$/.test(name))
    .toSorted()
    .map((name) => join(dirname(path), name))
}
