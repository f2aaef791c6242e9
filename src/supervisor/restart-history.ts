import type { SupervisorPolicy } from '../config/policy.ts'
import { backoffDelayMs } from '../domain/backoff.ts'
import type { StoredWorker } from '../ports/state-store.ts'

/** More failures than these tell nobody more. */
const failuresKept = 50

/** How often and when a slot's processes failed, and what that makes of the wait before the next. */
export class RestartHistory {
  restarts = 0
  /** Epoch milliseconds, newest last. */
  failures: number[] = []
  lastExit: string | null = null
  /** Failures in a row; a new daemon counts from none. */
  #streak = 0

  /** Takes over what an earlier daemon saved. */
  inherit(stored: Pick<StoredWorker, 'restarts' | 'failures' | 'lastExit'>): void {
    this.restarts = stored.restarts
    this.failures = stored.failures
    this.lastExit = stored.lastExit
  }

  fail(atWallMs: number): void {
    this.#streak += 1
    this.failures = [...this.failures, atWallMs].slice(-failuresKept)
  }

  /** It was healthy, or an operator wants a fresh start: the waits begin anew. */
  reset(): void {
    this.#streak = 0
  }

  /** @param unit a number in [0, 1) from the Random port */
  nextDelayMs(policy: SupervisorPolicy, unit: number): number {
    const backoff = {
      initialMs: policy.backoffInitialMs,
      maxMs: policy.backoffMaxMs,
      jitter: policy.backoffJitter,
    }
    return backoffDelayMs(this.#streak, backoff, unit)
  }
}
