import Database from 'better-sqlite3'
import { existsSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BugError } from '../../errors.ts'
import { isDamage, operational } from './failures.ts'
import { migrate } from './migrate.ts'
import { ensurePrivateDirectory, ensurePrivateFile } from './private-path.ts'

export interface OpenedDatabase {
  db: Database.Database
  /** Where the damaged file that was found went; null: it was sound, or new. */
  setAside: { path: string; reason: string } | null
}

/** How long a statement waits for another process (a backup, a person with sqlite3) before it fails: the event loop waits with it. */
const busyTimeoutMs = 500

/** quick_check reads about 200 MB/s from memory: above this the start would be felt, and the ledger's part is left out. */
const wholeCheckBytes = 64 * 1024 * 1024

/**
 * Opens the state's file, making it when there is none. A damaged one is renamed, with its -wal and -shm, to
 * `PATH.damaged-TIME` and replaced by an empty one: state can be rebuilt, a daemon that does not start cannot heal anything.
 * Throws OperationalError `state.*`; the file is then untouched.
 */
export function openDatabase(path: string, wallMs: number): OpenedDatabase {
  ensurePrivateDirectory(dirname(path))
  ensurePrivateFile(path)
  try {
    const damage = openSound(path)
    if (typeof damage !== 'string') return { db: damage, setAside: null }
    const aside = setAside(path, wallMs)
    ensurePrivateFile(path)
    const db = openSound(path)
    if (typeof db === 'string') throw new BugError(`a new file at ${path} is damaged: ${db}`)
    return { db, setAside: { path: aside, reason: damage } }
  } catch (error) {
    throw operational(error, `opening ${path}`)
  }
}

/** The migrated database, or what is damaged about it. */
function openSound(path: string): Database.Database | string {
  const db = new Database(path, { timeout: busyTimeoutMs })
  try {
    configure(db)
    const damage = check(db, path)
    if (damage === null) {
      migrate(db)
      return db
    }
    db.close()
    return damage
  } catch (error) {
    db.close()
    if (isDamage(error)) return error instanceof Error ? error.message : 'damaged'
    throw error
  }
}

function configure(db: Database.Database): void {
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  // The default of 16 MB would be a fifth of the daemon's memory; the working set is some hundred kilobytes.
  db.pragma('cache_size = -2000')
  db.pragma('journal_size_limit = 4194304')
  db.pragma('trusted_schema = OFF')
}

function check(db: Database.Database, path: string): string | null {
  const whole = statSync(path).size <= wholeCheckBytes
  const targets = whole ? ['1'] : ['workers', 'buckets', 'documents', 'ledger_checkpoints']
  for (const target of targets) {
    const found = String(db.pragma(`quick_check(${target})`, { simple: true }))
    if (found !== 'ok') return found
  }
  return null
}

function setAside(path: string, wallMs: number): string {
  const time = new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const base = `${path}.damaged-${time}`
  let target = base
  for (let n = 2; existsSync(target); n++) target = `${base}-${n}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix)
  }
  return target
}
