import type { ExecutionView } from '../../contract/orchestrator.ts'
import type { ActionResult, Decision } from '../../domain/cycle/decision.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import type { Led } from '../../ports/cluster-duties.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import { within } from './deadline.ts'

export interface ExecuteDeps {
  store: Pick<CycleStore, 'act' | 'settle'>
  /** Brings queue, leases, workers and local state back into agreement. */
  reconcile(mandate: Mandate): Promise<ActionResult>
  clock: Clock
}

/** What one action may take: its statement has a shorter timeout of its own, a reconciliation bounds its steps. */
const actionMs = 120_000

/** What came of an attempt at a decision; `deposed`: another node leads. `away`: nothing can be done now, this and others stay open. */
export type Executed =
  | { kind: 'settled'; execution: ExecutionView }
  | { kind: 'away'; execution: ExecutionView; error: unknown }
  | 'deposed'

/**
 * Acts upon a decision that is on record. Safe to repeat: what was done before is only answered again. A failure that passes
 * (the database is away, an answer was lost) leaves the record open, for the next pass; any other ends it.
 */
export async function execute(deps: ExecuteDeps, mandate: Mandate, decision: Decision): Promise<Executed> {
  try {
    const done = await within(deps.clock, actionMs, decision.action, () => act(deps, mandate, decision))
    if (!done.led) return 'deposed'
    return { kind: 'settled', execution: { decision, state: 'executed', result: done.result, error: null } }
  } catch (error) {
    const failed = { decision, result: null, error: messageOf(error) }
    if (error instanceof OperationalError && error.retryable)
      return { kind: 'away', error, execution: { ...failed, state: 'open' } }
    const ended = await deps.store.settle(mandate, decision.id, { error: messageOf(error) })
    return ended.led ? { kind: 'settled', execution: { ...failed, state: 'failed' } } : 'deposed'
  }
}

async function act(deps: ExecuteDeps, mandate: Mandate, decision: Decision): Promise<Led<ActionResult>> {
  if (decision.action !== 'trigger_reconciliation') return deps.store.act(mandate, decision)
  const result = await deps.reconcile(mandate)
  const settled = await deps.store.settle(mandate, decision.id, { result })
  return settled.led ? { led: true, result } : settled
}
