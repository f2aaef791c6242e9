import Database from 'better-sqlite3'
import { OperationalError, messageOf } from '../../errors.ts'

/** SQLite's result codes that mean: this file is not, or no longer, a sound database. */
export function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)
}

/** What SQLite refused, as the rest of the program knows it. Errors that are ours already pass unchanged. */
export function operational(error: unknown, doing: string): Error {
  if (!(error instanceof Database.SqliteError))
    return error instanceof Error ? error : new Error(messageOf(error))
  const { code, retryable, hint } = explain(error.code)
  const more = hint === undefined ? {} : { hint }
  return new OperationalError(`${doing}: ${error.message} (${error.code})`, {
    code,
    retryable,
    cause: error,
    ...more,
  })
}

function explain(sqliteCode: string): { code: string; retryable: boolean; hint?: string } {
  if (sqliteCode.startsWith('SQLITE_BUSY') || sqliteCode.startsWith('SQLITE_LOCKED')) {
    return {
      code: 'state.locked',
      retryable: true,
      hint: 'another program holds the file; end it or try again',
    }
  }
  if (sqliteCode.startsWith('SQLITE_FULL')) {
    return {
      code: 'state.full',
      retryable: true,
      hint: 'free some space on the disk that holds the state directory',
    }
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(sqliteCode)) {
    return { code: 'state.forbidden', retryable: false, hint: 'check owner and mode of the state directory' }
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode)) {
    return {
      code: 'state.damaged',
      retryable: false,
      hint: 'restart the daemon: it sets the file aside and rebuilds it',
    }
  }
  return { code: 'state.failed', retryable: sqliteCode.startsWith('SQLITE_IOERR') }
}
