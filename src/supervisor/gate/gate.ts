import type { SupervisorPolicy } from '../../config/policy.ts'
import {
  abandonProbe,
  admits,
  beginProbe,
  type Breaker,
  type BreakerLimits,
  type BreakerState,
  closedBreaker,
  failProbe,
  noteFailure,
  prove,
} from '../../domain/breaker.ts'
import type { FleetBreakerView } from '../../domain/breaker-view.ts'
import type { JrName } from '../../domain/ids.ts'
import type { LedgerEventType, LedgerLevel } from '../../domain/ledger-event.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { BreakerBook, type KeptBreaker, type KeptBreakers, keptBreaker } from './breaker-book.ts'
import { causeText, closedText, reasonOf, type Scope, tripText, viewOf } from './breaker-text.ts'
import { Change } from './change.ts'
import type { GiveUp } from './give-up.ts'
import type { SlotBook } from '../slot/slot-book.ts'

/** Who wants to start. */
export interface Applicant {
  name: JrName
  slot: number
  /** Of what it would run: a changed definition starts afresh. */
  definitionHash: string
  /** It failed, and nobody but us wants it again: what the fleet's breaker counts. */
  isRestart: boolean
}

export type Admission =
  | { kind: 'go'; isProbe: boolean }
  | {
      kind: 'wait'
      by: 'breaker' | 'memory'
      /** As it is at the moment of asking. */
      reason: () => string
      /** When it may be asked again; null: after `changed` only. */
      waitMs: number | null
      /** Settles when the answer may be another one. */
      changed: Promise<void>
    }

/** The fleet's probe is due for so long and nobody has taken it: nobody waits for a restart. */
const untakenMs = 1000

export interface GateDeps {
  store: StateStore
  book: SlotBook
  clock: Clock
  logger: Logger
  policy: SupervisorPolicy
  gaveUp(death: GiveUp): void
  cameBack(name: JrName, by: string): void
}

/**
 * Says who may start: not those whose breaker is open, not those that the memory guard has taken out, and no restarts while the
 * fleet's breaker is open. One breaker a worker, shared by its instances; each lets through one probe at a time.
 */
export class Gate {
  readonly #deps: GateDeps
  readonly #kept: KeptBreakers
  readonly #saved: BreakerBook
  readonly #limits: { worker: BreakerLimits; fleet: BreakerLimits }
  readonly #shed = new Map<JrName, string>()
  readonly #change = new Change()
  #untaken: Timer | null = null

  constructor(deps: GateDeps) {
    this.#deps = deps
    this.#limits = limitsOf(deps.policy)
    this.#saved = new BreakerBook(deps, () => this.#kept)
    this.#kept = this.#saved.read()
    this.#takeOver(this.#kept.fleet, this.#limits.fleet)
    for (const kept of this.#kept.workers.values()) this.#takeOver(kept, this.#limits.worker)
    this.#watchProbe()
  }

  /** May it start now? A yes that is a probe is taken by asking. */
  ask(who: Applicant): Admission {
    this.#renew(who)
    const shed = this.#shed.get(who.name)
    if (shed !== undefined) return this.#wait('memory', () => shed, null)
    const scopes = scopesOf(who)
    const closed = scopes.find((scope) => admits(this.#of(scope).breaker, this.#nowMs) === 'none')
    if (closed !== undefined) return this.#refuse(closed, who.name)
    const probed = scopes.filter((scope) => this.#of(scope).breaker.state === 'open')
    for (const scope of probed) this.#beginProbe(scope, who)
    if (who.isRestart) this.#countRestart(who)
    return { kind: 'go', isProbe: probed.length > 0 }
  }

  /** Whether a question would be answered with a wait. Takes nothing. */
  bars(who: Applicant): boolean {
    return (
      this.#shed.has(who.name) ||
      scopesOf(who).some((scope) => admits(this.#of(scope).breaker, this.#nowMs) === 'none')
    )
  }

  /** It failed: an unclean end, a lost heartbeat, a start that did not come to be. */
  failed(who: Applicant, death: Omit<GiveUp, 'name' | 'error'>, why: string): void {
    this.#renew(who)
    const kept = this.#of(who.name)
    kept.lastFailure = why
    if (this.#probes(null, who)) {
      this.#kept.fleet.lastFailure = `${who.name}: ${why}`
      this.#become(null, failProbe(this.#kept.fleet.breaker, this.#limits.fleet, this.#nowMs))
    }
    const judge = this.#probes(who.name, who) ? failProbe : noteFailure
    const before = kept.breaker.state
    this.#become(who.name, judge(kept.breaker, this.#limits.worker, this.#nowMs))
    // A failed probe is no other death than the one that opened it.
    if (kept.breaker.state !== 'open' || before !== 'closed') return
    this.#deps.gaveUp({ name: who.name, error: causeText(kept), ...death })
  }

  /** It went wrong in a way that does not count (no such program, `restart = "never"`): only a probe of it has failed. */
  failedProbe(who: Applicant, death: Omit<GiveUp, 'name' | 'error'>, why: string): void {
    if (this.#probes(who.name, who) || this.#probes(null, who)) this.failed(who, death, why)
  }

  /** It has been up for long enough, or has ended as it should. */
  proven(who: Applicant): void {
    for (const scope of [who.name, null])
      if (this.#probes(scope, who)) this.#become(scope, prove(this.#of(scope).breaker))
  }

  /** It ended because somebody wanted it to: a probe of it told nothing. */
  ended(who: Applicant): void {
    for (const scope of [who.name, null])
      if (this.#probes(scope, who)) this.#become(scope, abandonProbe(this.#of(scope).breaker, this.#nowMs))
  }

  /** It runs already, from before this daemon: if it was a probe, it still is. */
  adopted(who: Applicant): void {
    this.#renew(who)
    for (const scope of [who.name, null]) {
      const kept = this.#of(scope)
      if (kept.breaker.state === 'open' && isProbe(kept, who))
        this.#become(scope, beginProbe(kept.breaker, this.#nowMs))
    }
  }

  /** An operator wants it to run, whatever was. */
  pardon(name: JrName, by: string): void {
    this.letBack(name)
    const kept = this.#kept.workers.get(name)
    if (kept === undefined || kept.breaker === closedBreaker) return
    const was = kept.breaker.state
    kept.breaker = closedBreaker
    kept.probe = null
    this.#saved.writeNow()
    if (was !== 'closed') this.#tell(name, 'info', 'breaker.closed', `${name}: breaker closed by ${by}`)
    this.#change.happened()
  }

  /** The memory guard takes a worker out, until `letBack`. A new daemon judges anew. */
  shed(name: JrName, reason: string): void {
    this.#shed.set(name, reason)
    this.#change.happened()
  }

  letBack(name: JrName): boolean {
    const was = this.#shed.delete(name)
    if (was) this.#change.happened()
    return was
  }

  isShed(name: JrName): boolean {
    return this.#shed.has(name)
  }

  view(): FleetBreakerView {
    const now = { monotonicMs: this.#nowMs, wallMs: this.#deps.clock.wallMs() }
    const workers: FleetBreakerView['workers'] = []
    for (const [name, kept] of this.#kept.workers)
      if (kept.breaker.state !== 'closed')
        workers.push({ name, ...viewOf(name, kept, this.#limits.worker, now) })
    return { ...viewOf(null, this.#kept.fleet, this.#limits.fleet, now), workers }
  }

  /** Writes what is still to be written; nothing is watched any more. */
  close(): void {
    this.#untaken?.cancel()
    this.#saved.flush()
  }

  /** Whether a probe still runs is told by its adoption; until then another one may start. */
  #takeOver(kept: KeptBreaker, { failures }: BreakerLimits): void {
    kept.breaker = failures === 0 ? closedBreaker : abandonProbe(kept.breaker, this.#nowMs)
  }

  get #nowMs(): number {
    return this.#deps.clock.monotonicMs()
  }

  #of(scope: Scope): KeptBreaker {
    if (scope === null) return this.#kept.fleet
    const known = this.#kept.workers.get(scope)
    if (known !== undefined) return known
    const fresh = keptBreaker({ breaker: closedBreaker })
    this.#kept.workers.set(scope, fresh)
    return fresh
  }

  /** Another program under the same name owes nothing for the earlier one's failures. */
  #renew({ name, definitionHash }: Applicant): void {
    const kept = this.#of(name)
    if (kept.definitionHash === definitionHash) return
    const isForgiven = kept.definitionHash !== '' && kept.breaker.state !== 'closed'
    kept.definitionHash = definitionHash
    if (!isForgiven) return
    this.pardon(name, 'its new definition')
    this.#deps.cameBack(name, 'its new definition')
  }

  #probes(scope: Scope, who: Applicant): boolean {
    const kept = this.#of(scope)
    return kept.breaker.state === 'half_open' && isProbe(kept, who)
  }

  #beginProbe(scope: Scope, { name, slot }: Applicant): void {
    const kept = this.#of(scope)
    kept.probe = { name, slot }
    this.#become(scope, beginProbe(kept.breaker, this.#nowMs))
  }

  #countRestart({ name }: Applicant): void {
    this.#kept.fleet.lastFailure = `${name}: ${this.#of(name).lastFailure}`
    this.#become(null, noteFailure(this.#kept.fleet.breaker, this.#limits.fleet, this.#nowMs))
  }

  #refuse(scope: Scope, name: JrName): Admission {
    const kept = this.#of(scope)
    const { probeAtMs } = kept.breaker
    // Whom the others' failures keep out has one of its own, which is what its reader asks about first.
    const own = scope === null ? `${this.#of(name).lastFailure}; ` : ''
    const reason = (): string => own + reasonOf(scope, kept, this.#nowMs)
    return this.#wait('breaker', reason, probeAtMs === null ? null : probeAtMs - this.#nowMs)
  }

  #wait(by: 'breaker' | 'memory', reason: () => string, waitMs: number | null): Admission {
    return { kind: 'wait', by, reason, waitMs, changed: this.#change.next }
  }

  /** The way of a breaker from state to state but for an operator's pardon. */
  #become(scope: Scope, breaker: Breaker): void {
    const kept = this.#of(scope)
    const before = kept.breaker
    if (before === breaker) return
    kept.breaker = breaker
    if (before.state === breaker.state) return this.#saved.writeSoon()
    if (before.state === 'closed') kept.tripped = tripText(scope, breaker)
    this.#tellOf(scope, kept, before.state)
    if (breaker.state !== 'half_open') kept.probe = null
    this.#saved.writeNow()
    if (scope === null) this.#watchProbe()
    this.#change.happened()
  }

  /** Where all that failed are up again, or were stopped, there is nobody to be the fleet's probe, and nothing to be shown. */
  #watchProbe(): void {
    const { probeAtMs } = this.#kept.fleet.breaker
    this.#untaken?.cancel()
    if (probeAtMs === null) return
    const waitMs = Math.max(0, probeAtMs - this.#nowMs) + untakenMs
    const closeUntaken = (): void => this.#become(null, closedBreaker)
    this.#untaken = this.#deps.clock.after(waitMs, closeUntaken, { background: true })
  }

  #tellOf(scope: Scope, kept: KeptBreaker, before: BreakerState): void {
    switch (kept.breaker.state) {
      case 'open': {
        const level = before === 'closed' ? 'error' : 'warn'
        const word = before === 'closed' ? 'opened' : 'open again'
        const message = `${label(scope)}: breaker ${word}: ${reasonOf(scope, kept, this.#nowMs)}`
        return this.#tell(scope, level, 'breaker.opened', message)
      }
      case 'half_open':
        return this.#tell(
          scope,
          'info',
          'breaker.half_opened',
          `${label(scope)}: ${reasonOf(scope, kept, this.#nowMs)}`,
        )
      case 'closed':
        this.#tell(scope, 'info', 'breaker.closed', `${label(scope)}: breaker closed: ${closedText(before)}`)
        if (scope !== null) this.#deps.cameBack(scope, 'a probe that held')
        return
      default:
        kept.breaker.state satisfies never
    }
  }

  #tell(scope: Scope, level: LedgerLevel, type: LedgerEventType, message: string): void {
    const { state, failures, openings } = this.#of(scope).breaker
    this.#deps.book.tell(type, level, scope, message, { state, failures: failures.length, openings })
  }
}

function scopesOf({ name, isRestart }: Applicant): Scope[] {
  return isRestart ? [name, null] : [name]
}

function isProbe({ probe }: KeptBreaker, { name, slot }: Applicant): boolean {
  return probe !== null && probe.name === name && probe.slot === slot
}

function label(scope: Scope): string {
  return scope ?? 'all workers'
}

function limitsOf(policy: SupervisorPolicy): { worker: BreakerLimits; fleet: BreakerLimits } {
  const { breakerProbeAfterMs: probeAfterMs } = policy
  return {
    worker: {
      failures: policy.breakerFailures,
      windowMs: policy.breakerWindowMs,
      recentMs: null,
      probeAfterMs,
    },
    fleet: {
      failures: policy.fleetRestarts,
      windowMs: policy.fleetWindowMs,
      recentMs: policy.fleetRecentWindowMs,
      probeAfterMs,
    },
  }
}
