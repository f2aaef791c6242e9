import type { Json } from '../../src/domain/task.ts'
import type { StateStore, StoredBucket, StoredWorker } from '../../src/ports/state-store.ts'

/** Everything in and out is copied, as it would be by a database: nobody may hold on to what is stored. */
export function fakeStateStore(): StateStore {
  const workers = new Map<string, StoredWorker>()
  const documents = new Map<string, Json>()
  let buckets: StoredBucket[] = []
  return {
    workers: () => [...workers.values()].map((worker) => structuredClone(worker)).sort(byNameAndSlot),
    saveWorker: (worker) => void workers.set(worker.instanceId, structuredClone(worker)),
    removeWorker: (id) => void workers.delete(id),
    buckets: () => structuredClone(buckets),
    saveBuckets: (all) => {
      buckets = [...structuredClone(all)].sort((a, b) => a.taskId - b.taskId)
    },
    saveBucket: (bucket) => {
      buckets = [...buckets.filter(({ taskId }) => taskId !== bucket.taskId), structuredClone(bucket)].sort(
        (a, b) => a.taskId - b.taskId,
      )
    },
    get: (key) => structuredClone(documents.get(key)),
    put: (key, value) => void documents.set(key, structuredClone(value)),
    close: () => {},
  }
}

function byNameAndSlot(a: StoredWorker, b: StoredWorker): number {
  return compare(a.name, b.name) || a.slot - b.slot || compare(a.instanceId, b.instanceId)
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b)
}
