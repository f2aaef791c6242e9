import type { Database } from 'better-sqlite3'
import type { Json } from '../../domain/task.ts'
import type { StateStore, StoredBucket, StoredWorker } from '../../ports/state-store.ts'
import { OperationalError } from '../../errors.ts'
import type { StateGuard } from './state-guard.ts'

/** Things that may wait for a full disk: the instances of a large fleet that restart for hours, and some documents. */
const deferredMax = 10_000
const bucketPrefix = 'bucket '

/**
 * The store over an open database. Workers and documents are kept as JSON: nobody asks SQL about their insides.
 *
 * While the disk is full, the last value of each thing waits in memory and is written when there is room, so that nobody has
 * to stop for it; reads answer what is on the disk.
 */
export function sqliteStateStore(db: Database, guard: StateGuard): StateStore {
  const sql = {
    workers: db.prepare<[], { document: string }>(
      'SELECT document FROM workers ORDER BY name, slot, instance_id',
    ),
    saveWorker: db.prepare(
      `INSERT INTO workers (instance_id, name, slot, document) VALUES (?, ?, ?, ?)
       ON CONFLICT (instance_id) DO UPDATE SET name = excluded.name, slot = excluded.slot, document = excluded.document`,
    ),
    removeWorker: db.prepare('DELETE FROM workers WHERE instance_id = ?'),
    buckets: db.prepare<[], StoredBucket>(
      'SELECT task_id AS taskId, tokens, at FROM buckets ORDER BY task_id',
    ),
    clearBuckets: db.prepare('DELETE FROM buckets'),
    saveBucket: db.prepare(
      `INSERT INTO buckets (task_id, tokens, at) VALUES (?, ?, ?)
       ON CONFLICT (task_id) DO UPDATE SET tokens = excluded.tokens, at = excluded.at`,
    ),
    get: db.prepare<[string], { value: string }>('SELECT value FROM documents WHERE key = ?'),
    put: db.prepare(
      'INSERT INTO documents (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
  }
  const replaceBuckets = db.transaction((buckets: readonly StoredBucket[]) => {
    sql.clearBuckets.run()
    for (const { taskId, tokens, at } of buckets) sql.saveBucket.run(taskId, tokens, Math.trunc(at))
  })
  const deferred = new Map<string, () => void>()

  function write(thing: string, action: () => void): void {
    // Set anew, it comes last again: what was written later is written later.
    deferred.delete(thing)
    try {
      guard.write(`saving ${thing}`, action)
    } catch (error) {
      const isFull = error instanceof OperationalError && error.code === 'state.full'
      if (!isFull || deferred.size >= deferredMax) throw error
      deferred.set(thing, action)
    }
  }

  /**
   * Without a wait for the disk: what is true of processes outlives the death of this one, but not that of the machine, and it is
   * written between an exit and the next start. A commit of the ledger takes it to the disk along with its own.
   */
  function writeUnsynced(thing: string, action: () => void): void {
    write(thing, () => {
      db.pragma('synchronous = NORMAL')
      try {
        action()
      } finally {
        db.pragma('synchronous = FULL')
      }
    })
  }

  guard.onRoom(() => {
    // Not over the map itself: what is refused again is set anew, and would come round for ever.
    const again = [...deferred]
    for (const [thing, action] of again) write(thing, action)
  })

  return {
    workers: () =>
      guard.read('reading workers', () =>
        sql.workers.all().map(({ document }) => JSON.parse(document) as StoredWorker),
      ),
    saveWorker: (worker) => {
      const { instanceId, name, slot } = worker
      const document = JSON.stringify(worker)
      writeUnsynced(`worker ${instanceId}`, () => void sql.saveWorker.run(instanceId, name, slot, document))
    },
    removeWorker: (id) => writeUnsynced(`worker ${id}`, () => void sql.removeWorker.run(id)),
    buckets: () => guard.read('reading buckets', () => sql.buckets.all()),
    saveBuckets: (buckets) => {
      const copy = buckets.map((bucket) => ({ ...bucket }))
      // The whole set: of those that wait for room, none was written later.
      for (const thing of deferred.keys()) if (thing.startsWith(bucketPrefix)) deferred.delete(thing)
      writeUnsynced('buckets', () => replaceBuckets.immediate(copy))
    },
    saveBucket: ({ taskId, tokens, at }) => {
      writeUnsynced(`${bucketPrefix}${taskId}`, () => void sql.saveBucket.run(taskId, tokens, Math.trunc(at)))
    },
    get: (key) =>
      guard.read('reading a document', () => {
        const row = sql.get.get(key)
        return row === undefined ? undefined : (JSON.parse(row.value) as Json)
      }),
    put: (key, value) => {
      const text = JSON.stringify(value)
      write(`document ${key}`, () => void sql.put.run(key, text))
    },
    close: () => {
      // The file is shared with the ledger: openState's close ends both.
    },
  }
}
