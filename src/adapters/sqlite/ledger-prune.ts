import type { Database } from 'better-sqlite3'
import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import type { LedgerBounds } from '../../ports/ledger.ts'
import type { StateGuard } from './state-guard.ts'

/** A batch takes a few milliseconds of the event loop; then it turns. */
const batchMax = 200
/** So many batches a call: a million entries. The next call goes on. */
const batchesMax = 5_000

/**
 * Takes the oldest entries away until the bounds hold. Each batch leaves a checkpoint, the id and hash of its last entry,
 * from which the chain still verifies, in the transaction that takes the entries away.
 *
 * Only the beginning of the chain can go: an entry that the age allows to go but that follows a younger one (the clock
 * was turned back) stays until that one goes.
 */
export async function pruneLedger(
  db: Database,
  guard: StateGuard,
  bounds: LedgerBounds,
  wallMs: number,
): Promise<number> {
  const step = pruneStep(db)
  let pruned = 0
  for (let batch = 0; batch < batchesMax; batch++) {
    const count = guard.writeMuch('pruning the ledger', () => step.immediate(bounds, wallMs))
    pruned += count
    if (count < batchMax) break
    await eventLoopTurn()
  }
  return pruned
}

/** Takes at most a batch away. Answers how many went. */
function pruneStep(db: Database) {
  const ends = db.prepare<[], { first: number | null; last: number | null }>(
    'SELECT (SELECT min(id) FROM ledger_entries) AS first, (SELECT max(id) FROM ledger_entries) AS last',
  )
  const oldest = db.prepare<[number, number], { id: number; hash: string; createdAt: number }>(
    'SELECT id, hash, created_at AS createdAt FROM ledger_entries WHERE id >= ? ORDER BY id LIMIT ?',
  )
  const checkpoint = db.prepare<[number, string, number]>('INSERT INTO ledger_checkpoints VALUES (?, ?, ?)')
  const remove = db.prepare<[number]>('DELETE FROM ledger_entries WHERE id <= ?')
  const removeEarlier = db.prepare<[number]>('DELETE FROM ledger_checkpoints WHERE up_to_id < ?')

  return db.transaction((bounds: LedgerBounds, wallMs: number): number => {
    const { first, last } = ends.get() ?? { first: null, last: null }
    if (first === null || last === null) return 0
    const rows = oldest.all(first, batchMax)
    const keepFrom = last - bounds.entries + 1
    const staying = rows.findIndex(({ id, createdAt }) => id >= keepFrom && createdAt >= bounds.before)
    const going = staying === -1 ? rows : rows.slice(0, staying)
    const end = going.at(-1)
    if (end === undefined) return 0
    checkpoint.run(end.id, end.hash, Math.trunc(wallMs))
    remove.run(end.id)
    removeEarlier.run(end.id)
    return going.length
  })
}
