import type { Death } from '../dead-letter.ts'
import type { JrName, NodeId, TaskId } from '../ids.ts'

export const actionKinds = [
  'schedule_task',
  'retry_failed',
  'trigger_reconciliation',
  'promote_task',
  'downgrade_task',
  'force_run',
  'rebalance_queue',
] as const
export type ActionKind = (typeof actionKinds)[number]

/**
 * What one rule wants done now, and why: data, made by `decide`, on record before it is acted upon. It names its tasks, so
 * that whoever reads it knows what it was about, and doing it twice changes nothing.
 */
export type Decision = {
  /** Unique in the cluster: `TERM-PASS-N`; whatever is done carries it. */
  id: string
  /** The rule that fired. */
  rule: string
  /** 1–10, higher first. */
  priority: number
  /** One sentence with the figures that made it fire. */
  reason: string
} & DecidedAction

export type DecidedAction =
  /** `at` null: now. */
  | { action: 'schedule_task'; tasks: { id: TaskId; at: number | null }[] }
  | { action: 'retry_failed'; retries: TaskId[]; deaths: Death[] }
  | { action: 'trigger_reconciliation' }
  /** Priority 1, never urgent. */
  | { action: 'promote_task'; tasks: TaskId[] }
  /** Put off by so much. */
  | { action: 'downgrade_task'; tasks: TaskId[]; byMs: number }
  /** Its schedule is cleared, and it goes before all that is not urgent. */
  | { action: 'force_run'; tasks: TaskId[] }
  /** `to` null: to nobody's line, from which whoever accepts it takes it. */
  | { action: 'rebalance_queue'; moves: Move[]; deadLetters: TaskId[] }

export interface Move {
  taskId: TaskId
  from: JrName
  to: JrName | null
}

/** What a decision's execution did. */
export interface ActionResult {
  /** Tasks that were changed; those that were not are no longer as they were when it was decided. */
  changed: TaskId[]
  /** Plain words. */
  note: string
}

/** Whether the condition that made a rule fire was gone when it was looked at again. */
export const outcomes = ['cleared', 'persists', 'unknown'] as const
export type Outcome = (typeof outcomes)[number]

export const decisionStates = ['intended', 'executed', 'failed', 'observed'] as const
/** `observed`: decided in the mode `observe`, and not acted upon. */
export type DecisionState = (typeof decisionStates)[number]

/** A decision with what became of it. Times are epoch milliseconds by the database's clock. */
export interface DecisionRecord {
  decision: Decision
  state: DecisionState
  decidedAt: number
  settledAt: number | null
  result: ActionResult | null
  error: string | null
  /** Null until it is measured. */
  outcome: Outcome | null
  measuredAt: number | null
  /** Whose cycle made it; missing from an older daemon. */
  nodeId?: NodeId
}

/** Why a rule did or did not make a decision in a pass; what `rules explain` prints. */
export interface RuleVerdict {
  rule: string
  verdict: 'fired' | 'holds_not' | 'off' | 'resting' | 'nothing_to_do' | 'outranked' | 'over_limit' | 'broken'
  reason: string
}

/** `decide`'s answer. */
export interface Decided {
  /** By priority, the highest first. */
  decisions: Decision[]
  /** One a rule. */
  verdicts: RuleVerdict[]
}

/** What decide must know of the past. */
export interface CycleHistory {
  /** Rules that rest, until when (epoch milliseconds). */
  rests: Readonly<Record<string, number>>
}

/** The tasks that an action is about. */
export function tasksOf(decided: DecidedAction): TaskId[] {
  switch (decided.action) {
    case 'schedule_task':
      return decided.tasks.map(({ id }) => id)
    case 'retry_failed':
      return [...decided.retries, ...decided.deaths.map(({ taskId }) => taskId)]
    case 'trigger_reconciliation':
      return []
    case 'promote_task':
    case 'downgrade_task':
    case 'force_run':
      return decided.tasks
    case 'rebalance_queue':
      return [...decided.moves.map(({ taskId }) => taskId), ...decided.deadLetters]
    default:
      return decided satisfies never
  }
}
