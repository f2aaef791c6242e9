import type { JrName, TaskId } from '../domain/ids.ts'
import type { AttemptOutcome, Lease } from '../domain/task.ts'

/** Finds attempts by the secrets that they show. */
export interface AttemptKeys {
  /**
   * The attempt with this key; null when there is none.
   * @throws OperationalError as every method of the queue
   */
  find(key: HashedKey): Promise<KeyedAttempt | null>
}

export interface HashedKey {
  /** The task whose attempt it is; null: not known, and only open attempts are looked at. */
  taskId: TaskId | null
  /** SHA-256 of the secret, hex. */
  keyHash: string
}

export interface KeyedAttempt {
  lease: Lease
  jrName: JrName
  /** From 1. */
  attempt: number
  /** For how long its lease was given last. */
  leaseMs: number
  /** Null while it is open. */
  outcome: AttemptOutcome | null
}
