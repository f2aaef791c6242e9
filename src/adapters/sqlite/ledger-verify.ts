import type { Database } from 'better-sqlite3'
import { performance } from 'node:perf_hooks'
import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { ledgerGenesisHash } from '../../domain/ledger-event.ts'
import { messageOf } from '../../errors.ts'
import type { LedgerVerdict } from '../../ports/ledger.ts'
import { entryOf, hashOf } from './ledger-row.ts'
import type { LedgerRow } from './ledger-row.ts'

/** A slice ends after so many rows or milliseconds, whichever comes first, and lets the event loop turn. */
const sliceRowsMax = 500
const sliceMs = 5

interface Walk {
  entries: number
  lastId: number
  hash: string
}

/**
 * Walks the chain from the last checkpoint (or the beginning) to the end: ids without gaps, each entry's hash over what it
 * says and over the hash before it, and the end where SQLite's own counter says it is. Entries that a checkpoint allows to
 * be pruned are not looked at. Someone who can rewrite the whole file can forge all of it; a hash noted elsewhere cannot.
 */
export async function verifyLedger(db: Database): Promise<LedgerVerdict> {
  const walk: Walk = { entries: 0, ...start(db) }
  for (;;) {
    const found = verifySlice(db, walk)
    if (found === 'end') return { ok: true, entries: walk.entries, head: walk.hash }
    if (found !== 'more')
      return { ok: false, entries: walk.entries, brokenAt: walk.lastId + 1, reason: found.reason }
    await eventLoopTurn()
  }
}

function start(db: Database): { lastId: number; hash: string } {
  const checkpoint = db
    .prepare<[], { lastId: number; hash: string }>(
      'SELECT up_to_id AS lastId, hash FROM ledger_checkpoints ORDER BY up_to_id DESC LIMIT 1',
    )
    .get()
  return checkpoint ?? { lastId: 0, hash: ledgerGenesisHash }
}

function verifySlice(db: Database, walk: Walk): 'more' | 'end' | { reason: string } {
  const startMs = performance.now()
  try {
    const rows = db
      .prepare<[number, number], LedgerRow>('SELECT * FROM ledger_entries WHERE id > ? ORDER BY id LIMIT ?')
      .iterate(walk.lastId, sliceRowsMax)
    let seen = 0
    for (const row of rows) {
      const fault = faultOf(row, walk)
      if (fault !== null) return { reason: fault }
      walk.entries += 1
      walk.lastId = row.id
      walk.hash = row.hash
      seen += 1
      if (performance.now() - startMs > sliceMs) return 'more'
    }
    if (seen === sliceRowsMax) return 'more'
    return endFault(db, walk) ?? 'end'
  } catch (error) {
    return { reason: `cannot be read: ${messageOf(error)}` }
  }
}

function faultOf(row: LedgerRow, walk: Walk): string | null {
  if (row.id !== walk.lastId + 1) return `entry ${walk.lastId + 1} is missing; the next is ${row.id}`
  if (row.prev_hash !== walk.hash) return 'it does not follow the entry before it'
  const entry = entryOf(row)
  if (entry.data !== undefined && canonicalJson(entry.data) !== row.data)
    return 'its data is not as it was written'
  return hashOf(entry, walk.hash) === row.hash ? null : 'its hash does not match what it says'
}

function endFault(db: Database, walk: Walk): { reason: string } | null {
  const counted = db
    .prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'ledger_entries'")
    .get()
  if (counted === undefined || counted.seq <= walk.lastId) return null
  return { reason: `entries up to ${counted.seq} were written; those after ${walk.lastId} are missing` }
}
