import Database from 'better-sqlite3'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operational } from './failures.ts'
import { ensurePrivateDirectory, ensurePrivateFile } from './private-path.ts'

/** Proves, with the pid, which process: field 22 of /proc/PID/stat, clock ticks from boot to its start. */
export interface LockOwner {
  pid: number
  startTime: number
}

export type StateLock =
  | { kind: 'held'; release(): void }
  /** Null: whoever holds it has not written down who it is (yet). */
  | { kind: 'taken'; ownerPid: number | null }

/** How long to wait while it is not clear who will own a directory. */
const undecidedMs = 500

/**
 * The locks this process holds. A connection that nothing refers to is collected, and its lock goes with it: an owner who
 * never means to release would lose the directory at some collection of garbage.
 */
const held = new Set<Database.Database>()

/**
 * Makes this process the owner of a state directory for as long as it lives: an exclusive SQLite transaction on
 * `daemon.lock` is an fcntl lock, which the kernel frees at any death, and children do not inherit. (A pid file alone
 * outlives its process; flock is not within Node's reach.) `daemon.json` beside it only tells whose the lock is.
 * This process must not open and close `daemon.lock` by other means: that would drop the lock.
 * Throws OperationalError `state.*` when the directory cannot be used.
 */
export function lockState(stateDir: string): StateLock {
  ensurePrivateDirectory(stateDir)
  const lockFile = join(stateDir, 'daemon.lock')
  try {
    const db = acquire(lockFile, 0) ?? acquireFromNobody(lockFile, stateDir)
    if (db === null) return { kind: 'taken', ownerPid: readOwner(stateDir)?.pid ?? null }
    return hold(db, stateDir)
  } catch (error) {
    throw operational(error, `locking ${stateDir}`)
  }
}

/** The living owner of a state directory by what it wrote down, or null. Takes no lock: for whoever only asks. */
export function readOwner(stateDir: string): LockOwner | null {
  try {
    const noted = JSON.parse(readFileSync(ownerFile(stateDir), 'utf8')) as Partial<LockOwner>
    if (typeof noted.pid !== 'number' || typeof noted.startTime !== 'number') return null
    return startTimeOf(noted.pid) === noted.startTime ? { pid: noted.pid, startTime: noted.startTime } : null
  } catch {
    // Missing, half removed or foreign: either way it names nobody.
    return null
  }
}

/**
 * Busy without an owner: others ask in the same instant (two that begin together turn each other away), or the owner has
 * not written its note yet. Both are over in a moment, so it is worth one.
 */
function acquireFromNobody(lockFile: string, stateDir: string): Database.Database | null {
  return readOwner(stateDir) === null ? acquire(lockFile, undecidedMs) : null
}

function acquire(lockFile: string, timeoutMs: number): Database.Database | null {
  ensurePrivateFile(lockFile)
  const db = new Database(lockFile, { timeout: timeoutMs })
  try {
    // Nothing is ever written, so no journal file need lie beside it.
    db.pragma('journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}

function hold(db: Database.Database, stateDir: string): StateLock {
  held.add(db)
  try {
    writeOwner(stateDir)
  } catch (error) {
    release(db, stateDir)
    throw error
  }
  return { kind: 'held', release: () => release(db, stateDir) }
}

function release(db: Database.Database, stateDir: string): void {
  if (!db.open) return
  // The note goes first: once the lock is free, a note may already be the next owner's.
  try {
    rmSync(ownerFile(stateDir), { force: true })
  } finally {
    db.close()
    held.delete(db)
  }
}

/** Written whole under another name, then renamed: a reader sees the old note or the new one, never half of one. */
function writeOwner(stateDir: string): void {
  const owner: LockOwner = { pid: process.pid, startTime: startTimeOf(process.pid) ?? 0 }
  const draft = `${ownerFile(stateDir)}.new`
  writeFileSync(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600 })
  renameSync(draft, ownerFile(stateDir))
}

function ownerFile(stateDir: string): string {
  return join(stateDir, 'daemon.json')
}

function startTimeOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the program's name in brackets, may hold anything; what is counted comes after its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[22 - 3])
  } catch {
    return null
  }
}
