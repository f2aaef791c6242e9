import type { SupervisorPolicy } from '../../config/policy.ts'
import {
  type Breaker,
  type BreakerLimits,
  abandonProbe,
  admits,
  beginProbe,
  breakerStates,
  closedBreaker,
  failProbe,
  noteFailure,
  prove,
  shifted,
} from '../../domain/breaker.ts'
import type { Clock } from '../../ports/clock.ts'
import { waitText } from '../slot/exit-text.ts'

/** A breaker as it is kept: its times are of the machine's monotonic clock, and `atMs` tells when that was read. */
export interface StoredBreaker {
  breaker: Breaker
  atMs: number
}

/**
 * The circuit breaker of one scheduled worker: it counts tries that failed, so that one which fails every minute does not fill
 * the dead letters. While it is open no run begins; then one does, as its probe.
 */
export class RunBreaker {
  readonly #clock: Clock
  readonly #limits: BreakerLimits
  #breaker: Breaker

  constructor(clock: Clock, limits: BreakerLimits, stored: StoredBreaker | null) {
    this.#clock = clock
    this.#limits = limits
    this.#breaker = stored === null ? closedBreaker : recalled(stored, clock.monotonicMs())
  }

  get stored(): StoredBreaker | null {
    const isBlank = this.#breaker.state === 'closed' && this.#breaker.failures.length === 0
    return isBlank ? null : { breaker: this.#breaker, atMs: this.#clock.monotonicMs() }
  }

  get isOpen(): boolean {
    return this.#breaker.state === 'open'
  }

  /** Why no run may begin now; null: one may. */
  get refusal(): string | null {
    if (admits(this.#breaker, this.#clock.monotonicMs()) !== 'none') return null
    return this.isOpen ? `its breaker is open, ${this.probeText}` : 'its breaker is open, and its probe is on'
  }

  /** Until its probe may begin; null: that does not depend on time. */
  get waitMs(): number | null {
    const { probeAtMs } = this.#breaker
    return probeAtMs === null ? null : Math.max(0, probeAtMs - this.#clock.monotonicMs())
  }

  get probeText(): string {
    return `next try in ${waitText(this.waitMs ?? 0)} at the earliest`
  }

  /** `5 failed tries within 300 s` */
  get causeText(): string {
    const { failures, windowMs } = this.#limits
    return `${failures} failed tries within ${waitText(windowMs)}`
  }

  begin(): void {
    this.#breaker = beginProbe(this.#breaker, this.#clock.monotonicMs())
  }

  succeeded(): void {
    this.#breaker = prove(this.#breaker)
  }

  /** True when that opened it. */
  failed(): boolean {
    const wasOpen = this.isOpen
    const judge = this.#breaker.state === 'half_open' ? failProbe : noteFailure
    this.#breaker = judge(this.#breaker, this.#limits, this.#clock.monotonicMs())
    return this.isOpen && !wasOpen
  }

  /** It ended without telling anything of the worker. */
  toldNothing(): void {
    this.#breaker = abandonProbe(this.#breaker, this.#clock.monotonicMs())
  }

  /** Somebody wants a fresh start. */
  close(): void {
    this.#breaker = closedBreaker
  }
}

export function runBreakerLimits(policy: SupervisorPolicy): BreakerLimits {
  const { breakerFailures: failures, breakerWindowMs: windowMs, breakerProbeAfterMs: probeAfterMs } = policy
  return { failures, windowMs, recentMs: null, probeAfterMs }
}

/** A clock that is behind what was written has been started anew: only the ages of the times still mean something. */
function recalled({ breaker, atMs }: StoredBreaker, nowMs: number): Breaker {
  return shifted(breaker, Math.min(0, nowMs - atMs))
}

/** Whether this was written by us. */
export function isStoredBreaker(value: unknown): value is StoredBreaker {
  if (typeof value !== 'object' || value === null) return false
  const { breaker, atMs } = value as Partial<StoredBreaker>
  return (
    typeof atMs === 'number' &&
    typeof breaker === 'object' &&
    breakerStates.some((state) => state === breaker.state) &&
    Array.isArray(breaker.failures) &&
    breaker.failures.every(Number.isFinite) &&
    Number.isFinite(breaker.openings) &&
    (breaker.probeAtMs === null || Number.isFinite(breaker.probeAtMs))
  )
}
