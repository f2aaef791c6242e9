import type { WorkerState } from '../domain/worker.ts'
import type { InstanceId, JrName } from '../domain/ids.ts'
import type { ProcessIdentity } from './process-host.ts'
import type { Json } from '../domain/task.ts'

/** This node's own memory (SQLite): what must survive the daemon but is nobody else's business. Synchronous and small. */
export interface StateStore {
  /** The instances that were alive, or meant to be, when they were last saved. */
  workers(): StoredWorker[]
  /** Outlives this process at once. Not for certain the machine's end, which no worker outlives either. */
  saveWorker(worker: StoredWorker): void
  removeWorker(instanceId: InstanceId): void

  buckets(): StoredBucket[]
  /** Replaces the whole set, in one transaction. */
  saveBuckets(buckets: readonly StoredBucket[]): void
  /** Adds or replaces one. Outlives this process at once, as `saveWorker` does. */
  saveBucket(bucket: StoredBucket): void

  /** Small documents by key: the event cursor, the node's id, paused workers. */
  get(key: string): Json | undefined
  put(key: string, value: Json): void

  close(): void
}

export interface StoredWorker {
  instanceId: InstanceId
  name: JrName
  slot: number
  /** Of its definition, so that a changed one is noticed. */
  definitionHash: string
  state: WorkerState
  identity: ProcessIdentity | null
  startedAt: number | null
  /** `startedAt` on the machine's monotonic clock, which nobody sets; missing from an older daemon. */
  startedMonoMs?: number | null
  restarts: number
  /** Ends in a row that made its waits longer; missing from an older daemon. */
  streak?: number
  /** Epoch milliseconds of the recent failures, newest last, at most 50. */
  failures: number[]
  lastExit: string | null
}

export interface StoredBucket {
  /** 0: the one that all tasks of this node share. */
  taskId: number
  tokens: number
  /** Epoch milliseconds at which `tokens` was true. */
  at: number
}
