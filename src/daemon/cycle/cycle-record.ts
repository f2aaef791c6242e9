import type { ExecutionView, MeasuredOutcome, PassSummary } from '../../contract/orchestrator.ts'
import { tasksText } from '../../domain/cycle/action-note.ts'
import { tasksOf, type Decision } from '../../domain/cycle/decision.ts'
import type { Health } from '../../domain/cycle/health.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import type { LedgerEventType, LedgerLevel } from '../../domain/ledger-event.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'

/** What the cycle says of itself, in the ledger and, for people, in the log. Nothing of it is waited for. */
export interface CycleRecord {
  /** A pass has something to do. */
  started(pass: number, decisions: readonly Decision[], snapshot: Snapshot): void
  executed(pass: number, execution: ExecutionView): void
  completed(pass: PassSummary, executions: readonly ExecutionView[], health: Health): void
  /** Nothing was to be done. Told when it begins, then summed up once a minute. */
  idle(pass: PassSummary, health: Health): void
  /** A pass failed; the first of a streak is told in the ledger. The duty tells the log. */
  failed(pass: number, error: unknown): void
  measured(outcomes: readonly MeasuredOutcome[]): void
  switched(enabled: boolean, by: string, intervalMs: number): void
  /** This node's passes begin, or end, and why. */
  running(isRunning: boolean, why: string): void
}

const idleSummaryMs = 60_000
/** Decisions that an entry names; a pass makes no more. */
const namedMax = 10

type Data = { [key: string]: Json }

interface Manner {
  level?: LedgerLevel
  actor?: string
  /** The same is told once. */
  dedupeKey?: string
}

export function createCycleRecord(deps: { ledger: Ledger; clock: Clock; logger: Logger }): CycleRecord {
  const { ledger, clock, logger } = deps
  let idle: { sinceMs: number; passes: number } | null = null
  let isFailing = false

  const note = (
    eventType: LedgerEventType,
    message: string,
    data: Data,
    { level = 'info', actor = 'orchestrator', ...key }: Manner = {},
  ): void => ledger.note({ eventType, level, actor, message, data, ...key })

  return {
    started(pass, decisions, snapshot) {
      const actions = counted(decisions.length, 'action')
      logger.info({ pass }, `Cycle ${pass}: ${actions} to execute`)
      note('orchestrator.cycle_started', `cycle ${pass}: ${actions} to execute`, {
        pass,
        decisions: decisions.slice(0, namedMax).map(({ id, rule, action }) => ({ id, rule, action })),
        snapshot: gist(snapshot),
      })
    },

    executed(pass, { decision, state, result, error }) {
      const { id, rule, action, priority, reason } = decision
      const data: Data = { pass, decision: id, rule, action, priority, reason }
      const dedupeKey = `decision:${id}:${state}`
      if (state === 'executed') {
        const message = `${action} (${rule}): ${result?.note ?? 'done'}, because ${reason}`
        logger.info({ pass, decision: id }, message)
        const did = {
          tasks: tasksOf(decision),
          changed: [...(result?.changed ?? [])],
          note: result?.note ?? '',
        }
        note('orchestrator.action_executed', message, { ...data, ...did }, { dedupeKey })
      } else if (state === 'observed') {
        const tasks = tasksOf(decision)
        const message = `${action} (${rule}) would be done${tasks.length === 0 ? '' : ` to ${tasksText(tasks)}`}, because ${reason}`
        logger.info({ pass, decision: id }, message)
        note('orchestrator.action_observed', message, { ...data, tasks })
      } else {
        const next = state === 'open' ? '; it is on record and will be tried again' : ''
        const message = `${action} (${rule}) failed: ${error ?? 'for no reason that is known'}${next}`
        logger.error({ pass, decision: id }, message)
        note(
          'orchestrator.action_failed',
          message,
          { ...data, tasks: tasksOf(decision), error: error ?? '', willBeTriedAgain: state === 'open' },
          // One that is tried again may fail again.
          state === 'open' ? { level: 'error' } : { level: 'error', dedupeKey },
        )
      }
    },

    completed(pass, executions, health) {
      idle = null
      const observed = executions.filter(({ state }) => state === 'observed').length
      const counts =
        pass.kind === 'observed'
          ? `${counted(observed, 'decision')} observed, none acted upon`
          : `${pass.succeeded} succeeded, ${pass.failed} failed`
      const message = `Cycle ${pass.number}: ${counts}`
      logger[pass.failed > 0 ? 'warn' : 'info']({ pass: pass.number }, message)
      note(
        'orchestrator.cycle_completed',
        message,
        { ...summaryOf(pass), observed, health: { score: health.score, status: health.status } },
        pass.askedBy === null ? {} : { actor: pass.askedBy },
      )
      isFailing = false
    },

    idle(pass, health) {
      const nowMs = clock.monotonicMs()
      const { score, status } = health
      if (idle === null) {
        // Where something is wrong, the rules have done what they may for now.
        const what = status === 'healthy' ? 'no actions needed' : 'nothing to do for now'
        const message = `Cycle ${pass.number}: ${what}, system ${status}`
        logger.info({ pass: pass.number, score }, message)
        note('orchestrator.cycle_idle', message, { pass: pass.number, passes: 1, health: { score, status } })
        idle = { sinceMs: nowMs, passes: 0 }
      } else if (nowMs - idle.sinceMs >= idleSummaryMs) {
        const passes = idle.passes + 1
        const message = `${passes} passes without an action, system ${status} (${score})`
        logger.debug({ pass: pass.number }, message)
        note('orchestrator.cycle_idle', message, { pass: pass.number, passes, health: { score, status } })
        idle = { sinceMs: nowMs, passes: 0 }
      } else idle.passes += 1
      isFailing = false
    },

    failed(pass, error) {
      idle = null
      if (isFailing) return
      isFailing = true
      const message = `Cycle ${pass} failed, the next one follows: ${messageOf(error)}`
      note('orchestrator.cycle_error', message, { pass, error: messageOf(error) }, { level: 'error' })
    },

    measured(outcomes) {
      for (const { id, rule, outcome } of outcomes) {
        const message = `${rule} (decision ${id}): ${outcomeWords[outcome]}`
        logger.info({ decision: id }, message)
        note('orchestrator.outcome_measured', message, { decision: id, rule, outcome })
      }
    },

    switched(enabled, by, intervalMs) {
      const message = enabled
        ? `the cycle is switched on by ${by}: a pass every ${intervalMs / 1000} s`
        : `the cycle is switched off by ${by}`
      logger.info({}, message)
      note(enabled ? 'orchestrator.enabled' : 'orchestrator.disabled', message, {}, { actor: by })
    },

    running(isRunning, why) {
      if (!isRunning) idle = null
      logger.info({}, `Orchestrator ${isRunning ? 'started' : 'stopped'}: ${why}`)
    },
  }
}

const outcomeWords = {
  cleared: 'what made it act is gone',
  persists: 'what made it act is still so',
  unknown: 'whether it helped cannot be told',
} as const

function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}

function summaryOf({ number, at, durationMs, succeeded, failed }: PassSummary): Data {
  return { pass: number, at, durationMs: Math.round(durationMs), succeeded, failed }
}

/** What of a snapshot tells why a pass acted; the whole of it is large. */
function gist({ jobs, deliveries, scheduler, campaigns, scores, ledger, system }: Snapshot): Data {
  return {
    waiting: jobs.waiting,
    inProgress: jobs.in_progress,
    retry: jobs.retry,
    oldestWaitingMs: jobs.oldestWaitingMs,
    failures1h: jobs.failures1h,
    deliveriesWaiting: deliveries.pending + deliveries.assigned + deliveries.scheduled,
    open: scheduler.open,
    activeCampaigns: campaigns.active,
    highScores: scores.high,
    averageScore: scores.average,
    ledgerErrors1h: ledger.errors1h,
    score: system.score,
    status: system.status,
  }
}
