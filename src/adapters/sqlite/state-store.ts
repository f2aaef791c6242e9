import type { Database } from 'better-sqlite3'
import type { Json } from '../../domain/task.ts'
import type { StateStore, StoredBucket, StoredWorker } from '../../ports/state-store.ts'
import { operational } from './failures.ts'

/** The store over an open database. Workers and documents are kept as JSON: nobody asks SQL about their insides. */
export function sqliteStateStore(db: Database): StateStore {
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
    saveBucket: db.prepare('INSERT INTO buckets (task_id, tokens, at) VALUES (?, ?, ?)'),
    get: db.prepare<[string], { value: string }>('SELECT value FROM documents WHERE key = ?'),
    put: db.prepare(
      'INSERT INTO documents (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
  }
  const replaceBuckets = db.transaction((buckets: readonly StoredBucket[]) => {
    sql.clearBuckets.run()
    for (const { taskId, tokens, at } of buckets) sql.saveBucket.run(taskId, tokens, Math.trunc(at))
  })
  return {
    workers: () =>
      doing('reading workers', () =>
        sql.workers.all().map(({ document }) => JSON.parse(document) as StoredWorker),
      ),
    saveWorker: (worker) =>
      doing('saving a worker', () => {
        sql.saveWorker.run(worker.instanceId, worker.name, worker.slot, JSON.stringify(worker))
      }),
    removeWorker: (id) =>
      doing('removing a worker', () => {
        sql.removeWorker.run(id)
      }),
    buckets: () => doing('reading buckets', () => sql.buckets.all()),
    saveBuckets: (buckets) => doing('saving buckets', () => replaceBuckets.immediate(buckets)),
    get: (key) =>
      doing('reading a document', () => {
        const row = sql.get.get(key)
        return row === undefined ? undefined : (JSON.parse(row.value) as Json)
      }),
    put: (key, value) =>
      doing('saving a document', () => {
        sql.put.run(key, JSON.stringify(value))
      }),
    close: () => {
      // The file is shared with the ledger: openState's close ends both.
    },
  }
}

function doing<Result>(what: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw operational(error, what)
  }
}
