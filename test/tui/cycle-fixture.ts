import type { CycleView, OrchestratorStatusView, PassView } from '../../src/contract/orchestrator.ts'
import type { DecidedAction, DecisionRecord } from '../../src/domain/cycle/decision.ts'
import { healthOf } from '../../src/domain/cycle/health.ts'
import type { Snapshot } from '../../src/domain/cycle/snapshot.ts'
import { nodeId, taskId } from '../../src/domain/ids.ts'
import type { AppEvent } from '../../tui/event.ts'
import { now } from './fixture.ts'

const figures = { decided: 0, executed: 0, failed: 0, cleared: 0, persists: 0, unknown: 0 }
const health = healthOf({
  jobs: { waiting: 672, oldestWaitingMs: 48_000, failures1h: 2 },
  ledger: { errors1h: 1 },
})

export function cycleStatus(
  more: Partial<OrchestratorStatusView> = {},
  cycle: Partial<CycleView> = {},
): OrchestratorStatusView {
  return {
    apiVersion: 1,
    enabled: true,
    switchedBy: null,
    leader: { nodeId: nodeId('node-a'), host: 'alpha' },
    cycle: {
      enabled: true,
      mode: 'act',
      intervalMs: 2000,
      leads: true,
      passes: { total: 300, acted: 12, observed: 0, idle: 288, failed: 0 },
      durations: null,
      actions: { executed: 14, failed: 1 },
      rules: {
        queue_saturated: { ...figures, decided: 9, executed: 8, failed: 1, cleared: 3, persists: 4 },
        recent_failures: { ...figures, decided: 5, executed: 5, cleared: 4, unknown: 1 },
      },
      lastPass: {
        number: 300,
        kind: 'idle',
        at: now.wallMs - 1500,
        durationMs: 4,
        askedBy: null,
        succeeded: 0,
        failed: 0,
      },
      health,
      problem: null,
      ...cycle,
    },
    rests: { queue_saturated: now.wallMs + 42_000, recent_failures: now.wallMs - 1 },
    decisions: [],
    ...more,
  }
}

export function decided(
  ordinal: number,
  action: DecidedAction,
  more: Partial<DecisionRecord> & { rule?: string } = {},
): DecisionRecord {
  const { rule = 'recent_failures', ...rest } = more
  const reason = '2 failures within the last hour'
  return {
    decision: { id: `3-${ordinal}-1`, rule, priority: 8, reason, ...action },
    state: 'executed',
    decidedAt: now.wallMs - (100 - ordinal) * 30_000,
    settledAt: now.wallMs - (100 - ordinal) * 30_000 + 40,
    result: { changed: [], note: `did it for the ${ordinal}th time` },
    error: null,
    outcome: null,
    measuredAt: null,
    nodeId: nodeId('node-a'),
    ...rest,
  }
}

const ids = (...numbers: number[]) => numbers.map(taskId)

/** Newest first, of every kind. */
export const someDecisions: readonly DecisionRecord[] = [
  decided(99, { action: 'promote_task', tasks: ids(41) }, { rule: 'high_scores', outcome: null }),
  decided(
    98,
    {
      action: 'rebalance_queue',
      moves: ids(51, 52, 53).map((id) => ({ taskId: id, from: 'a' as never, to: null })),
      deadLetters: [],
    },
    { rule: 'queue_saturated', outcome: 'persists', measuredAt: now.wallMs - 5000 },
  ),
  decided(
    97,
    { action: 'trigger_reconciliation' },
    { rule: 'ledger_errors', state: 'failed', result: null, error: 'the database is away' },
  ),
  decided(
    96,
    { action: 'downgrade_task', tasks: ids(60, 61), byMs: 86_400_000 },
    { rule: 'low_scores', state: 'observed', settledAt: null, result: null },
  ),
  decided(
    95,
    { action: 'retry_failed', retries: ids(70), deaths: [] },
    { outcome: 'cleared', measuredAt: now.wallMs - 60_000 },
  ),
  decided(
    94,
    { action: 'force_run', tasks: ids(71) },
    { state: 'intended', settledAt: null, result: null, rule: 'oldest_waiting' },
  ),
]

export const cycleCame = (view = cycleStatus()): AppEvent => ({
  kind: 'loaded',
  source: 'cycle',
  by: {},
  answer: view,
})

export const decisionsCame = (answer = someDecisions, limit = 100): AppEvent => ({
  kind: 'loaded',
  source: 'decisions',
  by: { limit },
  answer,
})

/** A pass that would promote a task; of the snapshot there is what a page shows. */
export function dryPass(more: Partial<PassView> = {}): PassView {
  const { decision } = decided(1, { action: 'promote_task', tasks: ids(41, 42) }, { rule: 'high_scores' })
  return {
    number: 0,
    kind: 'dry_run',
    at: now.wallMs,
    durationMs: 6,
    askedBy: 'top:somebody (self-declared)',
    succeeded: 0,
    failed: 0,
    snapshot: { system: health } as unknown as Snapshot,
    verdicts: [
      { rule: 'high_scores', verdict: 'fired', reason: '4 tasks score above 80' },
      { rule: 'queue_saturated', verdict: 'resting', reason: 'it acted, and rests for another 42 s' },
      { rule: 'oldest_waiting', verdict: 'holds_not', reason: 'the oldest has waited for 48 s' },
    ],
    executions: [{ decision, state: 'planned', result: null, error: null }],
    outcomes: [],
    ...more,
  }
}
