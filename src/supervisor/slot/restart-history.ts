import type { SupervisorPolicy } from '../../config/policy.ts'
import { restartDelayMs } from '../../domain/backoff.ts'
import type { StoredWorker } from '../../ports/state-store.ts'

/** More failures than these tell nobody more. */
const failuresKept = 50

/** How often and when a slot's processes failed, and what that makes of the wait before the next. */
export class RestartHistory {
  restarts = 0
  /** Epoch milliseconds, newest last. */
  failures: number[] = []
  lastExit: string | null = null
  /** Ends in a row that a wait follows. */
  #streak = 0

  get streak(): number {
    return this.#streak
  }

  /** Takes over what an earlier daemon saved. */
  inherit(stored: Pick<StoredWorker, 'restarts' | 'failures' | 'lastExit' | 'streak'>): void {
    this.restarts = stored.restarts
    this.failures = stored.failures
    this.lastExit = stored.lastExit
    this.#streak = stored.streak ?? 0
  }

  /** It ended, and is to come back after a wait; `failed` when that speaks against it. */
  ended(atWallMs: number, failed: boolean): void {
    this.#streak += 1
    if (failed) this.failed(atWallMs)
  }

  /** It failed, and no wait follows. */
  failed(atWallMs: number): void {
    this.failures = [...this.failures, atWallMs].slice(-failuresKept)
  }

  /** It was healthy, or an operator wants a fresh start: the waits begin anew. */
  reset(): void {
    this.#streak = 0
  }

  /** The next start follows at once: the first one, where the policy has no wait. */
  isWithoutWait(policy: SupervisorPolicy): boolean {
    return policy.backoffInitialMs === 0 && this.#streak <= 1
  }

  /** @param unit a number in [0, 1) from the Random port */
  nextDelayMs(policy: SupervisorPolicy, unit: number): number {
    const { backoffInitialMs: initialMs, backoffMaxMs: maxMs, backoffJitter: jitter } = policy
    return restartDelayMs(this.#streak, { initialMs, maxMs, jitter }, unit)
  }
}
