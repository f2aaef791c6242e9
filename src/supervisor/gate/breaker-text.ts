import { type BreakerLimits, type BreakerState, failuresWithin } from '../../domain/breaker.ts'
import type { BreakerView } from '../../domain/breaker-view.ts'
import type { JrName } from '../../domain/ids.ts'
import type { KeptBreaker } from './breaker-book.ts'
import { waitText } from '../slot/exit-text.ts'

/** Whose breaker: a worker's, or (null) that of all restarts together. */
export type Scope = JrName | null

/** `5 failures in 75 s` */
export function tripText(scope: Scope, { failures }: KeptBreaker['breaker']): string {
  const spanMs = (failures.at(-1) ?? 0) - (failures[0] ?? 0)
  const what = scope === null ? 'restart' : 'failure'
  return `${failures.length} ${what}${failures.length === 1 ? '' : 's'} in ${waitText(spanMs)}`
}

/** What happened, without what follows. */
export function causeText({ tripped, breaker, lastFailure }: KeptBreaker): string {
  const probes = breaker.openings - 1
  const and = probes < 1 ? '' : ` and ${probes} failed probe${probes === 1 ? '' : 's'}`
  return `${tripped}${and}, the last: ${lastFailure}`
}

/** Why an open breaker is open, when that may end, and how to end it sooner. */
function openText(scope: Scope, kept: KeptBreaker, nowMs: number): string {
  const waitMs = Math.max(0, (kept.breaker.probeAtMs ?? nowMs) - nowMs)
  const when = waitMs === 0 ? 'a probe is due' : `next probe in ${waitText(waitMs)}`
  return scope === null
    ? `all restarts are held back (${causeText(kept)}) until a probe holds; ${when}, or start one by hand: jrctl workers start NAME`
    : `${causeText(kept)}; ${when}, or now: jrctl workers start ${JSON.stringify(scope)}`
}

/** While the probe runs. */
function probeText(scope: Scope, kept: KeptBreaker): string {
  const { probe } = kept
  const who = probe === null ? 'one start' : probe.slot === 1 ? probe.name : `${probe.name} #${probe.slot}`
  return `${causeText(kept)}; ${who} is probing whether ${scope === null ? 'restarts hold' : 'it holds'} again`
}

/** Why it is not closed; empty when it is. */
export function reasonOf(scope: Scope, kept: KeptBreaker, nowMs: number): string {
  if (kept.breaker.state === 'closed') return ''
  return kept.breaker.state === 'open' ? openText(scope, kept, nowMs) : probeText(scope, kept)
}

export function closedText(before: BreakerState): string {
  return before === 'open' ? 'nobody waits to be restarted' : 'its probe is healthy'
}

export function viewOf(
  scope: Scope,
  kept: KeptBreaker,
  limits: BreakerLimits,
  now: { monotonicMs: number; wallMs: number },
): BreakerView {
  const { state, failures, probeAtMs } = kept.breaker
  return {
    state,
    reason: reasonOf(scope, kept, now.monotonicMs),
    count: failuresWithin(failures, limits.windowMs, now.monotonicMs),
    limit: limits.failures,
    windowMs: limits.windowMs,
    probeAt: probeAtMs === null ? null : Math.round(now.wallMs + probeAtMs - now.monotonicMs),
  }
}
