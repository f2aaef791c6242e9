import type { BreakerState } from './breaker.ts'
import type { JrName } from './ids.ts'

/** A circuit breaker as an operator sees it. Times are epoch milliseconds of this machine. */
export interface BreakerView {
  state: BreakerState
  /** Why it is not closed, in plain words; empty when it is. */
  reason: string
  /** Failures of a worker, or restarts of the fleet, within the window. */
  count: number
  /** So many open it; 0: nothing does. */
  limit: number
  windowMs: number
  /** When the next probe may start; null unless open. */
  probeAt: number | null
}

/** The breaker of all workers together, and those of single workers that are not closed. */
export interface FleetBreakerView extends BreakerView {
  workers: (BreakerView & { name: JrName })[]
}
