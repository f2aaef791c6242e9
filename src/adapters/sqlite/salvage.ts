import Database from 'better-sqlite3'
import { existsSync, rmSync } from 'node:fs'
import { workerStates } from '../../domain/worker.ts'
import type { StateStore, StoredWorker } from '../../ports/state-store.ts'

/**
 * Small things that Postgres does not know and that are worth taking out of a damaged file: which node this is, which workers
 * an operator paused, whose breakers are open, which processes are ours, and which runs
 * are on, wait or are held. Not the ledger or its cursor: those are made again from the events.
 */
const savedDocuments = new Set(['node.id', 'supervisor.paused', 'supervisor.breakers'])
/** Of the runs of scheduled workers (`supervisor/runs/run-book.ts`). */
const savedPrefix = 'runs.'
/** More rows than this are not what a daemon wrote. */
const rowsMax = 10_000

export interface Salvaged {
  workers: StoredWorker[]
  documents: { key: string; value: string }[]
}

/**
 * Reads what can still be read. A damaged row may say anything: what has not the right form is left out, and what has is
 * proven before it is acted upon (a process by its start time, the boot and its mark).
 */
export function salvage(path: string): Salvaged {
  const found: Salvaged = { workers: [], documents: [] }
  // Even a reader makes them, and one that may not write does not remove them.
  const made = [`${path}-wal`, `${path}-shm`].filter((file) => !existsSync(file))
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true })
    try {
      const workers = db.prepare<[number], { document: string }>('SELECT document FROM workers LIMIT ?')
      for (const { document } of readable(() => workers.iterate(rowsMax))) {
        const worker = parsed(document)
        if (isStoredWorker(worker)) found.workers.push(worker)
      }
      const documents = db.prepare<[number], { key: string; value: string }>(
        'SELECT key, value FROM documents LIMIT ?',
      )
      for (const row of readable(() => documents.iterate(rowsMax)))
        if (isWorthSaving(row.key) && parsed(row.value) !== undefined) found.documents.push(row)
    } finally {
      db.close()
    }
  } catch {
    // Not even its header can be read: there is nothing to be had.
  } finally {
    for (const file of made) rmSync(file, { force: true })
  }
  return found
}

function isWorthSaving(key: string): boolean {
  return savedDocuments.has(key) || key.startsWith(savedPrefix)
}

export function keep(store: StateStore, { workers, documents }: Salvaged): void {
  for (const worker of workers) store.saveWorker(worker)
  for (const { key, value } of documents) store.put(key, JSON.parse(value))
}

/** Row by row, so that those before the damage are had although it ends the reading. */
function* readable<Row>(rows: () => Iterable<Row>): Generator<Row> {
  try {
    yield* rows()
  } catch {
    // The damage begins here.
  }
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function isStoredWorker(value: unknown): value is StoredWorker {
  if (!isRecord(value)) return false
  const { instanceId, name, slot, definitionHash, state, identity, startedAt, restarts, failures, lastExit } =
    value
  return (
    [instanceId, name, definitionHash].every((text) => typeof text === 'string' && text !== '') &&
    workerStates.some((known) => known === state) &&
    isCount(slot) &&
    isCount(restarts) &&
    (startedAt === null || isCount(startedAt)) &&
    (lastExit === null || typeof lastExit === 'string') &&
    Array.isArray(failures) &&
    failures.every(isCount) &&
    (identity === null || isIdentity(identity))
  )
}

function isIdentity(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { pid, startTime, bootId, mark } = value
  return isCount(pid) && isCount(startTime) && typeof bootId === 'string' && typeof mark === 'string'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
