import Database from 'better-sqlite3'
import { OperationalError, messageOf } from '../../errors.ts'

/** SQLite's result codes that mean: this file is not, or no longer, a sound database. */
export function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)
}

/**
 * After these nothing that this process writes can be trusted: the next commit may look done and not be. In particular a
 * failed fsync is never tried again, since the kernel may have dropped the pages it could not write (PostgreSQL's
 * "fsyncgate", 2018; Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020).
 */
const fatalCodes = new Set(['state.damaged', 'state.unsynced', 'state.disk_error'])

export function isFatal(error: unknown): error is OperationalError {
  return error instanceof OperationalError && fatalCodes.has(error.code)
}

/** What SQLite refused, as the rest of the program knows it. Errors that are ours already pass unchanged. */
export function operational(error: unknown, doing: string): Error {
  if (!(error instanceof Database.SqliteError))
    return error instanceof Error ? error : new Error(messageOf(error))
  const { code, retryable, hint } = explain(error.code)
  return new OperationalError(`${doing}: ${error.message} (${error.code})`, {
    code,
    retryable,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}

interface Explanation {
  code: string
  retryable: boolean
  hint?: string
}

const anew = 'restart the daemon: it sets the file aside and rebuilds it; see to the disk'

/** The first pattern that fits the extended result code (sqlite.org/rescode.html). */
const explanations: readonly [pattern: RegExp, Explanation][] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    {
      code: 'state.locked',
      retryable: true,
      hint: 'another program holds the file; end it or try again',
    },
  ],
  [
    // The shared index of the write-ahead log is given its room when it is made, and has an error of its own for it.
    /^SQLITE_(FULL|IOERR_SHMSIZE)/,
    {
      code: 'state.full',
      retryable: true,
      hint: 'free some space on the disk that holds the state directory',
    },
  ],
  [
    /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/,
    { code: 'state.forbidden', retryable: false, hint: 'check owner and mode of the state directory' },
  ],
  [/^SQLITE_(CORRUPT|NOTADB)/, { code: 'state.damaged', retryable: false, hint: anew }],
  [
    /^SQLITE_IOERR_(DIR_)?FSYNC/,
    {
      code: 'state.unsynced',
      retryable: false,
      hint: 'the disk did not keep what was written: see the kernel log (dmesg), then start the daemon again',
    },
  ],
  [
    /^SQLITE_IOERR(?!_NOMEM)/,
    {
      code: 'state.disk_error',
      retryable: false,
      hint: 'see the kernel log (dmesg) and the disk, then start the daemon again',
    },
  ],
]

function explain(sqliteCode: string): Explanation {
  const found = explanations.find(([pattern]) => pattern.test(sqliteCode))
  return found?.[1] ?? { code: 'state.failed', retryable: false }
}
