import Sqlite from 'better-sqlite3'
import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'

const retryMs = 20

/**
 * Runs `action` while no other process, and nobody else in this one, does the same on this file.
 * The lock is SQLite's: held by the kernel, so that a holder's death frees it and nothing stale is ever left to judge.
 * Throws OperationalError `embedded.busy` when it is not had within `waitMs`.
 */
export async function withLock<T>(
  file: string,
  clock: Clock,
  waitMs: number,
  action: () => Promise<T>,
): Promise<T> {
  const lock = await acquire(file, clock, waitMs)
  try {
    return await action()
  } finally {
    lock.close()
  }
}

async function acquire(file: string, clock: Clock, waitMs: number): Promise<Sqlite.Database> {
  const lock = new Sqlite(file, { timeout: 0 })
  const deadline = clock.monotonicMs() + waitMs
  try {
    while (!tryLock(lock)) {
      if (clock.monotonicMs() >= deadline) throw busy(file, waitMs)
      await clock.sleep(retryMs)
    }
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

function tryLock(lock: Sqlite.Database): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false
    throw error
  }
}

function busy(file: string, waitMs: number): OperationalError {
  return new OperationalError(
    `Another jrctl has been starting or stopping the embedded database for ${waitMs / 1000} s (lock: ${file})`,
    { code: 'embedded.busy', retryable: true, hint: 'See who it is with: fuser -v ' + file },
  )
}
