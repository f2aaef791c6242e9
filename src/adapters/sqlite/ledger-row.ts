import { createHash } from 'node:crypto'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { ledgerHashInput } from '../../domain/ledger-event.ts'
import type { LedgerEntry, LedgerEventType, LedgerLevel, NewLedgerEntry } from '../../domain/ledger-event.ts'
import { taskId } from '../../domain/ids.ts'
import type { Json } from '../../domain/task.ts'

/** A row of `ledger_entries`. */
export interface LedgerRow {
  id: number
  created_at: number
  event_type: string
  level: string
  actor: string
  task_id: number | null
  worker: string | null
  message: string
  /** Canonical JSON. */
  data: string | null
  dedupe_key: string | null
  prev_hash: string
  hash: string
}

/** Larger data is replaced by its size: an audit trail must not be a way to fill the disk. */
const dataBytesMax = 64 * 1024
const textLengthMax = 4000

/**
 * The entry as it will be read back: what is hashed must survive the disk, so lone surrogates (which UTF-8 cannot hold)
 * are replaced, what JSON drops is dropped, and sizes are bounded.
 */
export function storable(entry: NewLedgerEntry): NewLedgerEntry {
  return {
    eventType: entry.eventType,
    level: entry.level,
    actor: storableText(entry.actor),
    message: storableText(entry.message),
    ...(entry.taskId !== undefined && { taskId: entry.taskId }),
    ...(entry.worker !== undefined && { worker: storableText(entry.worker) }),
    ...(entry.data !== undefined && { data: storableData(entry.data) }),
    ...(entry.dedupeKey !== undefined && { dedupeKey: storableText(entry.dedupeKey) }),
  }
}

function storableText(text: string): string {
  const whole = text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax - 1)}…`
  return whole.toWellFormed()
}

function storableData(data: { [key: string]: Json }): { [key: string]: Json } {
  const text = JSON.stringify(data)
  const bytes = Buffer.byteLength(text)
  if (bytes > dataBytesMax) return { omittedBytes: bytes }
  return JSON.parse(text) as { [key: string]: Json }
}

export function hashOf(entry: Omit<LedgerEntry, 'hash'>, previousHash: string): string {
  return createHash('sha256').update(ledgerHashInput(entry, previousHash)).digest('hex')
}

export function rowOf(entry: LedgerEntry, previousHash: string): LedgerRow {
  return {
    id: entry.id,
    created_at: entry.createdAt,
    event_type: entry.eventType,
    level: entry.level,
    actor: entry.actor,
    task_id: entry.taskId ?? null,
    worker: entry.worker ?? null,
    message: entry.message,
    data: entry.data === undefined ? null : canonicalJson(entry.data),
    dedupe_key: entry.dedupeKey ?? null,
    prev_hash: previousHash,
    hash: entry.hash,
  }
}

/** Throws SyntaxError when the row's data is no JSON, which only damage can bring about. */
export function entryOf(row: LedgerRow): LedgerEntry {
  return {
    id: row.id,
    createdAt: row.created_at,
    eventType: row.event_type as LedgerEventType,
    level: row.level as LedgerLevel,
    actor: row.actor,
    message: row.message,
    hash: row.hash,
    ...(row.task_id !== null && { taskId: taskId(row.task_id) }),
    ...(row.worker !== null && { worker: row.worker }),
    ...(row.data !== null && { data: JSON.parse(row.data) as { [key: string]: Json } }),
    ...(row.dedupe_key !== null && { dedupeKey: row.dedupe_key }),
  }
}
