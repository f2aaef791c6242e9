import type { ActionKind, DecidedAction } from '../decision.ts'
import type { JrName, TaskId } from '../../ids.ts'
import type { Snapshot, TaskRef } from '../snapshot.ts'

/**
 * What makes the cycle act: a condition on a snapshot, and what is done where it holds. Data with two pure functions, whether it is
 * built in or an operator's own.
 */
export interface Rule {
  /** As `[[rules]]` and the ledger name it. */
  name: string
  /** 1–10, higher first. */
  priority: number
  /** How long it rests after acting. */
  cooldownMs: number
  enabled: boolean
  action: ActionKind
  /** One of the operator's own. */
  isOwn: boolean
  /** When it fires, in words. */
  condition: string
  /** What it does then, in words. */
  does: string
  /** The parts of a snapshot that it looks at, as `orchestrator snapshot --json` names them. */
  looksAt: readonly string[]
  judge: (snapshot: Snapshot) => Judgement
  plan: (snapshot: Snapshot, means: Means) => Plan
}

/** A rule without its functions, for who shows it. */
export type RuleData = Omit<Rule, 'judge' | 'plan'>

export function dataOf(rule: Rule): RuleData {
  const { name, priority, cooldownMs, enabled, action, isOwn, condition, does, looksAt } = rule
  return { name, priority, cooldownMs, enabled, action, isOwn, condition, does, looksAt }
}

/** A rule as it is built in: what a `[[rules]]` of its name may change is added to it. */
export type BuiltInRule = Omit<Rule, 'enabled' | 'cooldownMs' | 'isOwn'>

/** Whether a condition holds, and one sentence with the figures that say so; `broken`: it could not be told. */
export interface Judgement {
  verdict: 'holds' | 'holds_not' | 'broken'
  reason: string
}

/** What a rule may use for its decision. */
export interface Means {
  tasksMax: number
  emergencyDeadLetter: boolean
  /** Whether no decision of a higher priority is about this task in this pass. */
  isFree: (task: TaskId) => boolean
  /** Whether a Jr takes such a task. */
  accepts: (jr: JrName, task: TaskRef) => boolean
}

/** What is to be done; or why there is nothing that could be. */
export type Plan = { kind: 'action'; action: DecidedAction } | { kind: 'nothing'; reason: string }

export function nothing(reason: string): Plan {
  return { kind: 'nothing', reason }
}
