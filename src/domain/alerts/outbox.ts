import { backoffDelayMs, type Backoff } from '../backoff.ts'
import { alertLimits, type Alert } from './alert.ts'

/** What waits for one receiver, the oldest first. Plain JSON. Times are epoch milliseconds. */
export interface Outbox {
  waiting: Alert[]
  /** Tries of the first that failed. */
  tries: number
  /** Failures in a row, of whichever alerts: what the waits grow by. */
  failures: number
  /** Nothing is tried before. */
  dueAt: number
  /** Alerts that were given up and that nobody has been told of. */
  lost: number
  /** Why the latest try failed; null: it did not. */
  problem: string | null
}

export const emptyOutbox: Outbox = {
  waiting: [],
  tries: 0,
  failures: 0,
  dueAt: 0,
  lost: 0,
  problem: null,
}

const backoff: Backoff = { initialMs: 1_000, maxMs: 300_000, jitter: 0.2 }

export function posted(outbox: Outbox, alerts: readonly Alert[]): Outbox {
  if (alerts.length === 0) return outbox
  const waiting = [...outbox.waiting, ...alerts]
  const over = Math.max(0, waiting.length - alertLimits.waiting)
  if (over === 0) return { ...outbox, waiting }
  return { ...outbox, waiting: waiting.slice(over), tries: 0, lost: outbox.lost + over }
}

/** The first one is with its receiver, who was told as well how many before it were lost. */
export function delivered(outbox: Outbox, alert: Alert, lostTold: number): Outbox {
  const { waiting, lost } = outbox
  return {
    // It may have been pushed out meanwhile.
    waiting: waiting[0]?.id === alert.id ? waiting.slice(1) : waiting,
    tries: 0,
    failures: 0,
    dueAt: 0,
    lost: Math.max(0, lost - lostTold),
    problem: null,
  }
}

/**
 * A try of the first one failed: it is tried again after a wait, or given up.
 * @param isRefused the receiver said that this alert is wrong, so that another try is not likely to fare better
 * @param unit chance, in [0, 1)
 */
export function failed(
  outbox: Outbox,
  { problem, isRefused, nowMs, unit }: { problem: string; isRefused: boolean; nowMs: number; unit: number },
): Outbox {
  const tries = outbox.tries + 1
  const failures = outbox.failures + 1
  const gaveUp = tries >= (isRefused ? alertLimits.triesRefused : alertLimits.tries)
  return {
    waiting: gaveUp ? outbox.waiting.slice(1) : outbox.waiting,
    tries: gaveUp ? 0 : tries,
    failures,
    dueAt: nowMs + backoffDelayMs(failures, backoff, unit),
    lost: outbox.lost + Number(gaveUp),
    problem,
  }
}

/** How long until the first may be tried; null: none waits. A wall clock that was set back holds nobody for ever. */
export function dueInMs(outbox: Outbox, nowMs: number): number | null {
  if (outbox.waiting.length === 0) return null
  return Math.min(backoff.maxMs, Math.max(0, outbox.dueAt - nowMs))
}
