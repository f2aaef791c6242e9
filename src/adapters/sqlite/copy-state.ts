import Database from 'better-sqlite3'
import { dirname } from 'node:path'
import { ledgerGenesisHash } from '../../domain/ledger-event.ts'
import { OperationalError } from '../../errors.ts'
import { isDamage, operational } from './failures.ts'
import { requireOurs } from './migrate.ts'

const busyTimeoutMs = 5_000
/** 4 MB: some milliseconds, after which signals and progress are heard. */
const pagesPerStep = 1_024

export interface StateCopy {
  schema: number
  /** Of the ledger as it is in the copy. */
  ledger: { entries: number; lastId: number; head: string }
  /** The document, as it was kept; undefined: none. */
  nodeId: unknown
}

/**
 * Copies a state file, which a daemon may write meanwhile, as it was at one moment. The moment is held by a read that stays open:
 * without it each commit would have the copy begin anew, and a busy daemon's would never end. The writers go on; what they
 * write waits in the log, for as long as the copy takes.
 * @param options.alone nobody else has it open: then we may write, and leave nothing behind; a mere reader leaves an empty log
 * @throws OperationalError state.* when it cannot be read, or is damaged
 */
export async function copyState(
  path: string,
  target: string,
  { alone, progress, signal }: { alone: boolean; progress?: (bytes: number) => void; signal?: AbortSignal },
): Promise<StateCopy> {
  try {
    const db = new Database(path, { readonly: !alone, fileMustExist: true, timeout: busyTimeoutMs })
    try {
      requireOurs(db)
      const pageBytes = Number(db.pragma('page_size', { simple: true }))
      db.exec('BEGIN')
      db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get()
      await db.backup(target, {
        progress({ totalPages, remainingPages }) {
          signal?.throwIfAborted()
          progress?.((totalPages - remainingPages) * pageBytes)
          return pagesPerStep
        },
      })
    } finally {
      db.close()
    }
    return lookAt(target)
  } catch (error) {
    if (isDamage(error)) throw damagedState(path, error)
    const failure = operational(error, `copying ${path}`)
    throw isFull(failure) ? noRoom(target, failure) : failure
  }
}

/** The copy is looked over before anybody relies on it, and made one file. */
function lookAt(target: string): StateCopy {
  const db = new Database(target, { timeout: busyTimeoutMs })
  try {
    db.pragma('journal_mode = DELETE')
    const found = String(db.pragma('quick_check(1)', { simple: true }))
    if (found !== 'ok') throw damagedState(target, new Error(found))
    return describe(db)
  } finally {
    db.close()
  }
}

function describe(db: Database.Database): StateCopy {
  const last = db
    .prepare<[], { id: number; hash: string }>(
      `SELECT id, hash FROM ledger_entries UNION ALL SELECT up_to_id, hash FROM ledger_checkpoints ORDER BY 1 DESC LIMIT 1`,
    )
    .get()
  const counted = db.prepare<[], { entries: number }>('SELECT count(*) AS entries FROM ledger_entries').get()
  const node = db.prepare<[], { value: string }>("SELECT value FROM documents WHERE key = 'node.id'").get()
  return {
    schema: Number(db.pragma('user_version', { simple: true })),
    ledger: { entries: counted?.entries ?? 0, lastId: last?.id ?? 0, head: last?.hash ?? ledgerGenesisHash },
    nodeId: node === undefined ? undefined : JSON.parse(node.value),
  }
}

function isFull(error: Error): boolean {
  return error instanceof OperationalError && error.code === 'state.full'
}

/** It is the other disk that is full. */
function noRoom(target: string, cause: Error): OperationalError {
  return new OperationalError(`there is no room for a copy of the local state in ${dirname(target)}`, {
    code: 'backup.disk_full',
    retryable: true,
    hint: 'Nothing was left behind. Free some space there, or name another place.',
    cause,
  })
}

function damagedState(path: string, cause: unknown): OperationalError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new OperationalError(`the local state ${path} is damaged: ${why}`, {
    code: 'state.damaged',
    retryable: false,
    hint: 'Start the daemon: it sets the file aside and rebuilds it. Then take the backup.',
    cause,
  })
}
