import type { SupervisorPolicy, WorkerDefinition } from '../../config/policy.ts'
import { backoffDelayMs } from '../../domain/backoff.ts'
import { type AfterRun, type RunEnding, afterRun, outcomeOf } from '../../domain/runs/run-ending.ts'
import type { WorkerEvent } from '../../domain/worker.ts'
import { waitText } from '../slot/exit-text.ts'
import type { ExecutionEnd } from './execution.ts'
import type { Ticket } from './schedule-record.ts'

/** What a try that has ended leads to. */
export interface FollowUp {
  next: AfterRun
  /** How many tries there were, this one included. */
  attempts: number
  /** For another try. */
  ticket: Ticket | null
  /** What it does to the worker's state. */
  event: WorkerEvent
  reason: string
}

/**
 * @param unit a number in [0, 1) from the Random port
 */
export function followUp(
  { ending, text }: ExecutionEnd,
  ticket: Ticket,
  definition: WorkerDefinition,
  policy: SupervisorPolicy,
  { nowMs, unit }: { nowMs: number; unit: number },
): FollowUp {
  const attempts = ticket.attempts + 1
  const retries = definition.schedule?.retries ?? 0
  const next = afterRun(ending, attempts, retries)
  if (next === 'rest') {
    const reason = outcomeOf(ending) === 'succeeded' ? 'its last run succeeded' : `its last run ${text}`
    return { next, attempts, ticket: null, event: 'rest', reason }
  }
  const tries = `try ${attempts} of ${retries + 1}`
  if (next === 'die') {
    return { next, attempts, ticket: null, event: deathOf(ending), reason: `${text} (${tries})` }
  }
  if (ending.kind === 'cut_off') {
    const again = { ...ticket, readyAt: nowMs }
    return {
      next,
      attempts,
      ticket: again,
      event: 'back_off',
      reason: `${text}; begins anew with the next jrctl`,
    }
  }
  const delayMs = waitMs(attempts, policy, unit)
  return {
    next,
    attempts,
    ticket: { ...ticket, attempts, readyAt: nowMs + delayMs, error: text },
    event: 'back_off',
    reason: `${text} (${tries}); tries again in ${waitText(delayMs)}`,
  }
}

function waitMs(attempts: number, policy: SupervisorPolicy, unit: number): number {
  const backoff = {
    initialMs: policy.backoffInitialMs,
    maxMs: policy.backoffMaxMs,
    jitter: policy.backoffJitter,
  }
  return backoffDelayMs(attempts, backoff, unit)
}

function deathOf({ kind }: RunEnding): WorkerEvent {
  if (kind === 'timed_out') return 'expire'
  return kind === 'missing' ? 'lack' : 'fail'
}
