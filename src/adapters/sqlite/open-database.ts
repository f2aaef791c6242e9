import Database from 'better-sqlite3'
import { existsSync, lstatSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BugError } from '../../errors.ts'
import { isDamage, operational } from './failures.ts'
import { migrate, requireOurs, schemaDamage } from './migrate.ts'
import { ensurePrivateDirectory, ensurePrivateFile } from './private-path.ts'

/** sqlite.org/fileformat.html, 1.3.2. */
const smallestPageBytes = 512

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
 * A file above `wholeCheckMax` bytes is checked but for the ledger, whose damage `verify` finds.
 * Throws OperationalError `state.*`; the file is then untouched.
 */
export function openDatabase(path: string, wallMs: number, wholeCheckMax = wholeCheckBytes): OpenedDatabase {
  ensurePrivateDirectory(dirname(path))
  const sizeBefore = lstatSync(path, { throwIfNoEntry: false })?.size
  ensurePrivateFile(path)
  try {
    const damage = tooShort(sizeBefore) ?? openSound(path, wholeCheckMax)
    if (typeof damage !== 'string') return { db: damage, setAside: null }
    const aside = setAside(path, wallMs)
    ensurePrivateFile(path)
    const db = openSound(path, wholeCheckMax)
    if (typeof db === 'string') throw new BugError(`a new file at ${path} is damaged: ${db}`)
    return { db, setAside: { path: aside, reason: damage } }
  } catch (error) {
    throw operational(error, `opening ${path}`)
  }
}

/** What is left of a file that was cut to nearly nothing is a new database to SQLite, and would be taken for one silently. */
function tooShort(sizeBefore: number | undefined): string | null {
  const isCut = sizeBefore !== undefined && sizeBefore < smallestPageBytes
  return isCut ? `it has ${sizeBefore} bytes, less than one page` : null
}

/** The migrated database, or what is damaged about it. */
function openSound(path: string, wholeCheckMax: number): Database.Database | string {
  const db = new Database(path, { timeout: busyTimeoutMs })
  try {
    requireOurs(db)
    configure(db)
    const damage = damageOf(db, statSync(path).size <= wholeCheckMax)
    if (damage === null) return db
    db.close()
    return damage
  } catch (error) {
    db.close()
    if (isDamage(error)) return error instanceof Error ? error.message : 'damaged'
    throw error
  }
}

/** What is wrong with the file; null: nothing was found, and it is brought to our schema. */
function damageOf(db: Database.Database, whole: boolean): string | null {
  const targets = whole ? ['1'] : tableNames(db).filter((name) => name !== 'ledger_entries')
  for (const target of targets) {
    const found = String(db.pragma(`quick_check(${target})`, { simple: true }))
    if (found !== 'ok') return found
  }
  const damage = schemaDamage(db)
  if (damage === null) migrate(db)
  return damage
}

function tableNames(db: Database.Database): string[] {
  return db
    .prepare<[], { name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'`,
    )
    .all()
    .map(({ name }) => name)
}

function configure(db: Database.Database): void {
  // Of a new file alone; it has to be said before the file has its first page.
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  // The default of 16 MB would be a fifth of the daemon's memory; the working set is some hundred kilobytes.
  db.pragma('cache_size = -2000')
  db.pragma('journal_size_limit = 4194304')
  db.pragma('trusted_schema = OFF')
}

/** Between the name of a damaged file and the time when it was set aside. */
export const setAsideMark = '.damaged-'

function setAside(path: string, wallMs: number): string {
  const time = new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const base = `${path}${setAsideMark}${time}`
  let target = base
  for (let n = 2; existsSync(target); n++) target = `${base}-${n}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix)
  }
  return target
}
