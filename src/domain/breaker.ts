/**
 * A circuit breaker: too many failures in too short a time, and nobody tries again until a single probe has shown that it
 * holds (Nygard, "Release It!", 2007). `closed`: all may start. `open`: nobody. `half_open`: the probe, and it alone, runs.
 */
export const breakerStates = ['closed', 'open', 'half_open'] as const
export type BreakerState = (typeof breakerStates)[number]

/**
 * - `trip`: the limit is reached, or the probe failed. `probe`: the wait is over, one is let through.
 * - `prove`: the probe is healthy. `abandon`: the probe ended without telling anything (somebody stopped it).
 * - `close`: an operator, or a new definition, wants a fresh start.
 */
export const breakerEvents = ['trip', 'probe', 'prove', 'abandon', 'close'] as const
export type BreakerEvent = (typeof breakerEvents)[number]

type Cell = BreakerState | null

/** State × event: the next state, or null where the event is refused. */
export const breakerTransitions = {
  closed: { trip: 'open', probe: null, prove: null, abandon: null, close: 'closed' },
  open: { trip: null, probe: 'half_open', prove: null, abandon: null, close: 'closed' },
  half_open: { trip: 'open', probe: null, prove: 'closed', abandon: 'open', close: 'closed' },
} as const satisfies Record<BreakerState, Record<BreakerEvent, Cell>>

/** All times are milliseconds of one clock that never goes back. */
export interface Breaker {
  state: BreakerState
  /** When the latest failures were, oldest first; never more than the limit counts. */
  failures: readonly number[]
  /** How often it opened since it was last closed: each time the probe waits twice as long. */
  openings: number
  /** When the next probe may start; null unless open. */
  probeAtMs: number | null
}

export interface BreakerLimits {
  /** So many failures within `windowMs` open it; 0: nothing does. */
  failures: number
  windowMs: number
  /**
   * Of these, the newest `recentMs` must hold at least the share that an even rate would put there. A long window alone adds up
   * what has nothing to do with each other: 49 failures an hour ago and one now (the short window of "multiwindow
   * alerts", Google SRE Workbook, ch. 5). Null: the window is short enough.
   */
  recentMs: number | null
  probeAfterMs: number
}

/** A breaker that stays open tries again this often at least. */
export const longestProbeWaitMs = 3_600_000

export const closedBreaker: Breaker = { state: 'closed', failures: [], openings: 0, probeAtMs: null }

/** Whether a start is let through now: `all` of them, one `probe`, or `none`. */
export function admits(breaker: Breaker, nowMs: number): 'all' | 'probe' | 'none' {
  if (breaker.state === 'closed') return 'all'
  return breaker.probeAtMs !== null && nowMs >= breaker.probeAtMs ? 'probe' : 'none'
}

/** A failure that is not the probe's. Opens a closed breaker when it is one too many. */
export function noteFailure(breaker: Breaker, limits: BreakerLimits, nowMs: number): Breaker {
  const noted = { ...breaker, failures: withFailure(breaker.failures, limits, nowMs) }
  return breaker.state === 'closed' && isTooMany(noted.failures, limits, nowMs)
    ? opened(noted, limits, nowMs)
    : noted
}

/** The probe failed: the next one waits twice as long. Anything but a half-open breaker only notes the failure. */
export function failProbe(breaker: Breaker, limits: BreakerLimits, nowMs: number): Breaker {
  if (next(breaker, 'trip') === undefined || breaker.state === 'closed')
    return noteFailure(breaker, limits, nowMs)
  return opened({ ...breaker, failures: withFailure(breaker.failures, limits, nowMs) }, limits, nowMs)
}

/** One start is let through. The same breaker where none may be. */
export function beginProbe(breaker: Breaker, nowMs: number): Breaker {
  const state = next(breaker, 'probe')
  if (state === undefined || admits(breaker, nowMs) !== 'probe') return breaker
  return { ...breaker, state, probeAtMs: null }
}

/** The probe is healthy. The same breaker when there is none. */
export function prove(breaker: Breaker): Breaker {
  return next(breaker, 'prove') === undefined ? breaker : closedBreaker
}

/** The probe told nothing: the next one may start at once. The same breaker when there is none. */
export function abandonProbe(breaker: Breaker, nowMs: number): Breaker {
  const state = next(breaker, 'abandon')
  return state === undefined ? breaker : { ...breaker, state, probeAtMs: nowMs }
}

/** How many failures the breaker has seen within its window. */
export function failuresWithin(failures: readonly number[], windowMs: number, nowMs: number): number {
  return failures.filter((atMs) => nowMs - atMs < windowMs).length
}

/** The same breaker on a clock that is `byMs` ahead. */
export function shifted(breaker: Breaker, byMs: number): Breaker {
  return {
    ...breaker,
    failures: breaker.failures.map((atMs) => atMs + byMs),
    probeAtMs: breaker.probeAtMs === null ? null : breaker.probeAtMs + byMs,
  }
}

function next(breaker: Breaker, event: BreakerEvent): BreakerState | undefined {
  return breakerTransitions[breaker.state][event] ?? undefined
}

function withFailure(failures: readonly number[], limits: BreakerLimits, nowMs: number): readonly number[] {
  const kept = failures.filter((atMs) => nowMs - atMs < limits.windowMs)
  return limits.failures === 0 ? [] : [...kept, nowMs].slice(-limits.failures)
}

function isTooMany(failures: readonly number[], limits: BreakerLimits, nowMs: number): boolean {
  const { failures: most, windowMs, recentMs } = limits
  if (most === 0 || failuresWithin(failures, windowMs, nowMs) < most) return false
  if (recentMs === null) return true
  // A recent time that is longer than the window is no other condition.
  const evenShare = Math.min(most, Math.floor((most * recentMs) / windowMs))
  return failuresWithin(failures, recentMs, nowMs) >= evenShare
}

function opened(breaker: Breaker, limits: BreakerLimits, nowMs: number): Breaker {
  const waitMs = Math.max(
    limits.probeAfterMs,
    Math.min(longestProbeWaitMs, limits.probeAfterMs * 2 ** breaker.openings),
  )
  return { ...breaker, state: 'open', openings: breaker.openings + 1, probeAtMs: nowMs + waitMs }
}
