import Database from 'better-sqlite3'
import type { NewLedgerEntry } from '../../domain/ledger-event.ts'
import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StoredWorker } from '../../ports/state-store.ts'
import { isDamage, operational } from './failures.ts'
import { verifyLedgerFile } from './ledger-file.ts'
import { requireOurs } from './migrate.ts'
import { openState } from './open-state.ts'

/**
 * Looks a state file that comes from elsewhere over, all of it: its pages, and the chain of its ledger.
 * @throws OperationalError state.damaged, state.newer_schema, state.foreign
 */
export async function examineRestored(path: string): Promise<{ entries: number }> {
  const found = wholeCheck(path)
  if (found !== 'ok') throw unsound(path, found)
  const verdict = await verifyLedgerFile(path)
  if (!verdict.ok) throw unsound(path, `its ledger is broken at entry ${verdict.brokenAt}: ${verdict.reason}`)
  return { entries: verdict.entries }
}

function wholeCheck(path: string): string {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true })
    try {
      requireOurs(db)
      return String(db.pragma('integrity_check(1)', { simple: true }))
    } finally {
      db.close()
    }
  } catch (error) {
    if (isDamage(error)) return error instanceof Error ? error.message : 'damaged'
    throw operational(error, `looking at ${path}`)
  }
}

/** What is true of the time and place of a backup alone. */
export interface Forgetting {
  /** Whether a worker of that time lives here and now. */
  isLiving(worker: StoredWorker): boolean
  /** Another machine: it becomes another node. */
  node: boolean
}

/**
 * Makes a restored state fit to be started from, brought to our schema: forgets the workers that are no more, and, where it was
 * brought to another machine, which node it was; and has its ledger say where it comes from.
 * @returns how many workers were forgotten
 */
export async function settleRestored(
  path: string,
  forgetting: Forgetting,
  entry: NewLedgerEntry,
  with_: { clock: Clock; logger: Logger },
): Promise<{ workersForgotten: number }> {
  const state = openState({ path, ...with_ })
  let workersForgotten = 0
  try {
    for (const worker of state.store.workers()) {
      if (forgetting.isLiving(worker)) continue
      state.store.removeWorker(worker.instanceId)
      workersForgotten += 1
    }
    await state.ledger.append(entry)
  } finally {
    await state.close()
  }
  if (forgetting.node) forgetNode(path)
  return { workersForgotten }
}

function forgetNode(path: string): void {
  const db = new Database(path)
  try {
    db.prepare("DELETE FROM documents WHERE key = 'node.id'").run()
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

/** The workers that a state file knows. The caller owns the state directory: opened for reading alone, it would leave files beside it. */
export function knownWorkers(path: string): StoredWorker[] {
  const db = new Database(path, { fileMustExist: true })
  try {
    const rows = db.prepare<[], { document: string }>('SELECT document FROM workers').all()
    return rows.map(({ document }) => JSON.parse(document) as StoredWorker)
  } finally {
    db.close()
  }
}

function unsound(path: string, how: string): OperationalError {
  return new OperationalError(`the local state in the backup is damaged (${path}): ${how}`, {
    code: 'state.damaged',
    retryable: false,
    hint: 'Nothing was changed. Take another backup.',
  })
}
