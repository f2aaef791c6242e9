import type {
  ActionResult,
  Decision,
  DecisionRecord,
  DecisionState,
  Outcome,
  RuleVerdict,
} from '../domain/cycle/decision.ts'
import type { Health } from '../domain/cycle/health.ts'
import type { Snapshot } from '../domain/cycle/snapshot.ts'
import type { NodeId } from '../domain/ids.ts'
import type { DurationFigures } from '../domain/metrics/percentiles.ts'

/** The cycle as this node knows it, from memory alone: it answers whatever is away. */
export interface CycleView {
  /** As last read; null: it has not been read yet, for this node has not led. */
  enabled: boolean | null
  mode: 'act' | 'observe'
  intervalMs: number
  /** Whether the passes are this node's: it leads. */
  leads: boolean
  passes: PassCounts
  /** Of the latest passes that looked, milliseconds; null: there was none. */
  durations: DurationFigures | null
  actions: ActionCounts
  /** By rule; those that never decided are not there. */
  rules: Record<string, RuleFigures>
  lastPass: PassSummary | null
  /** As of the last pass; null: there was none. */
  health: Health | null
  /** Why the last pass failed; null: it did not. */
  problem: string | null
  /** Rules that fail and so do nothing, as of the last pass here; missing from an older daemon. */
  broken?: BrokenRuleView[]
}

export interface BrokenRuleView {
  rule: string
  /** In plain words. */
  reason: string
}

export interface PassCounts {
  total: number
  acted: number
  observed: number
  idle: number
  failed: number
}

export interface ActionCounts {
  executed: number
  failed: number
}

export interface RuleFigures extends ActionCounts, Record<Outcome, number> {
  decided: number
}

export const passKinds = ['acted', 'observed', 'idle', 'dry_run'] as const
/** `observed`: there were decisions, and the mode is to leave everything as it is. `dry_run`: somebody asked what would be done. */
export type PassKind = (typeof passKinds)[number]

export interface PassSummary {
  /** Counts the passes of this daemon; 0 for a dry run, which is none. */
  number: number
  kind: PassKind
  /** When it began, epoch milliseconds. */
  at: number
  durationMs: number
  /** Null: it was due. */
  askedBy: string | null
  succeeded: number
  failed: number
}

/** One pass in full: what was seen, decided, done, and found of earlier decisions. */
export interface PassView extends PassSummary {
  snapshot: Snapshot
  /** One a rule: why it did or did not decide. */
  verdicts: RuleVerdict[]
  executions: ExecutionView[]
  outcomes: MeasuredOutcome[]
}

export interface ExecutionView {
  decision: Decision
  /**
   * `planned`: a dry run would have done it. `open`: on record, and not known to be done; the next pass sees to it, and does
   * nothing twice.
   */
  state: Exclude<DecisionState, 'intended'> | 'planned' | 'open'
  result: ActionResult | null
  error: string | null
}

export interface MeasuredOutcome {
  /** Of the decision. */
  id: string
  rule: string
  outcome: Outcome
}

/** `GET /v1/orchestrator/status`: the cluster's switch, and this node's view of the cycle. */
export interface OrchestratorStatusView {
  apiVersion: number
  /** What holds now: the switch, where somebody turned it, else the configuration. */
  enabled: boolean
  /** Who turned the switch, and when (epoch milliseconds); null: nobody ever did. */
  switchedBy: { by: string; at: number } | null
  /** Whose cycle acts; null for the seconds in which nobody leads. */
  leader: { nodeId: NodeId; host: string | null } | null
  cycle: CycleView
  /** Rules that rest after acting, until when (epoch milliseconds). */
  rests: Record<string, number>
  /** The latest on record, of all nodes, the newest first. */
  decisions: DecisionRecord[]
}

export interface OrchestratorSnapshotView {
  apiVersion: number
  snapshot: Snapshot
}

export interface OrchestratorPassView {
  apiVersion: number
  pass: PassView
}

export interface OrchestratorDecisionsView {
  apiVersion: number
  decisions: DecisionRecord[]
}

export interface OrchestratorSwitchView {
  apiVersion: number
  enabled: boolean
  /** False: it stood so already. */
  changed: boolean
  /** How often there is a pass. */
  intervalMs: number
}

/** The line about the cycle in `jrctl status`. */
export interface OrchestratorLineView {
  enabled: boolean | null
  mode: 'act' | 'observe'
  leads: boolean
  /** `reasons`: what took points off, in plain words; missing from an older daemon. */
  health: { score: number; status: Health['status']; reasons?: string[] } | null
  lastPass: PassSummary | null
  /** The latest of this node's, the newest first. */
  lastDecisions: { rule: string; action: string; state: string; at: number }[]
  problem: string | null
}
