import type { OperationalError } from '../errors.ts'

/**
 * Whether this node's own memory can be written.
 * - `low`: its disk is nearly full; writes still go through. `full`: they do not. No new work is taken in either.
 * - `pinned`: somebody's open read keeps the write-ahead log from being folded; the ledger waits, all else goes on.
 * - `failed`: what is written can no longer be trusted (fsync failed, the file is damaged); the daemon has to end.
 */
export type StateCondition =
  | { kind: 'sound' }
  | { kind: 'low' | 'full' | 'pinned'; reason: string }
  | { kind: 'failed'; error: OperationalError }

export interface StateHealth {
  readonly condition: StateCondition
  /** Told of each change of kind, until the returned function is called. */
  subscribe(listener: (condition: StateCondition) => void): () => void
}
