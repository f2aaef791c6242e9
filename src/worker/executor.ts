import type { Claimed } from '../ports/task-queue.ts'
import type { RunningAttempt } from './attempt.ts'

/** How claimed tasks are done: by a process each, or by one program for many. */
export interface Executor {
  start(): Promise<void>
  /** How many tasks it may have at work now, at most. */
  capacity(): number
  begin(claimed: Claimed, attemptKey: string): RunningAttempt
  /**
   * All attempts were given back and nothing more comes: ends what they run in. A second call without grace hurries. Settles
   * when nothing of it is left.
   */
  end(graceMs: number): Promise<void>
  /** No attempt is at work any more: removes what it needed. */
  close(): Promise<void>
}
