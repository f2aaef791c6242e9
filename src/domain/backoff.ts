/** How long to wait before the next try: doubling from `initialMs` to `maxMs`, a part of it left to chance. */
export interface Backoff {
  initialMs: number
  maxMs: number
  /** The part of the delay that is random, 0 (none) to 1 (all of it). */
  jitter: number
}

/** What a task waits before its next attempt (spec §2): 5 s, 10 s, 20 s, … 300 s. Without jitter unless asked: tasks fail one by one, not in herds. */
export const taskBackoff: Backoff = { initialMs: 5_000, maxMs: 300_000, jitter: 0 }

/**
 * The wait before try `attempt` + 1, in milliseconds; always in [delay × (1 − jitter), delay], where delay is
 * `initialMs` × 2^(attempt − 1) capped at `maxMs`. Jitter only ever shortens, so that the cap holds and the random part
 * spreads a herd that failed together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param attempt how many tries have failed in a row, from 1 (less counts as 1)
 * @param unit a number in [0, 1) from the Random port
 */
export function backoffDelayMs(attempt: number, backoff: Backoff, unit: number): number {
  const doublings = Math.max(0, Math.floor(attempt) - 1)
  // 2 ** 1024 is Infinity, which the cap takes care of; 0 × Infinity would be NaN, hence the guard.
  const delayMs = backoff.initialMs === 0 ? 0 : Math.min(backoff.maxMs, backoff.initialMs * 2 ** doublings)
  return Math.round(delayMs * (1 - backoff.jitter * unit))
}

/** The second restart's wait where the first has none: a program that goes on ending may not spin. */
const afterNoWaitMs = 1000

/**
 * The wait before a restart, as `backoffDelayMs`, but that `initialMs` 0 is for the first one alone: the second waits 1 s, and
 * so on.
 */
export function restartDelayMs(attempt: number, backoff: Backoff, unit: number): number {
  if (backoff.initialMs > 0) return backoffDelayMs(attempt, backoff, unit)
  return attempt <= 1 ? 0 : backoffDelayMs(attempt - 1, { ...backoff, initialMs: afterNoWaitMs }, unit)
}
