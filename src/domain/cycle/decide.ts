import { duration } from '../duration-words.ts'
import type { JrName, TaskId } from '../ids.ts'
import { tasksOf } from './decision.ts'
import type { ActionKind, CycleHistory, Decided, Decision, RuleVerdict } from './decision.ts'
import { rulesOf, type Conditions, type RuleSetting } from './rules/book.ts'
import type { Means, Plan, Rule } from './rules/rule.ts'
import type { Snapshot, TaskRef } from './snapshot.ts'

/** What decide must be told of the policy; `OrchestratorPolicy` says it all. */
export interface DecisionPolicy {
  emergencyDeadLetter: boolean
  /** Decisions of one pass. */
  actionsMax: number
  /** Tasks of one decision. */
  tasksMax: number
  rules: readonly RuleSetting[]
}

/** What decide cannot know by itself. */
export interface DecisionMeans {
  /** The id of a pass's nth decision, from 1: unique in the cluster. */
  idOf: (ordinal: number) => string
  /** Of the operator's own rules; empty where there are none. */
  conditions: Conditions
  /**
   * Whether a Jr takes such a task. Where a snapshot does not tell enough to judge, false: a task whose Jr is offline then goes to
   * nobody's line, from which the assignment gives it to who accepts it.
   */
  accepts: (jr: JrName, task: TaskRef) => boolean
}

/**
 * What the cycle wants done (spec §7): every rule by priority, the first of equals first. Pure and total: the same question has the
 * same answer, whatever the snapshot holds.
 *
 * Here alone are the limits kept: a rule that acted rests, a pass has so many decisions, a decision so many tasks, a task one
 * decision a pass. What touches lines as a whole (`oneAPass`) is decided once.
 */
export function decide(
  snapshot: Snapshot,
  policy: DecisionPolicy,
  history: CycleHistory,
  means: DecisionMeans,
): Decided {
  const rules = rulesOf(policy.rules, means.conditions)
  const pass: Pass = { snapshot, policy, history, means, decisions: [], takenBy: new Map() }
  const byPriority = rules.toSorted((a, b) => b.priority - a.priority)
  const verdicts = new Map(byPriority.map((rule) => [rule.name, consider(rule, pass)]))
  return { decisions: pass.decisions, verdicts: rules.flatMap(({ name }) => verdicts.get(name) ?? []) }
}

interface Pass {
  snapshot: Snapshot
  policy: DecisionPolicy
  history: CycleHistory
  means: DecisionMeans
  decisions: Decision[]
  /** The rule that has a task in this pass. */
  takenBy: Map<TaskId, string>
}

/** One that looked at the lines would not see what the other moves. */
const oneAPass: ReadonlySet<ActionKind> = new Set(['rebalance_queue', 'trigger_reconciliation'])

/** Adds the rule's decision to the pass where there is one, and says why where there is none. */
function consider(rule: Rule, pass: Pass): RuleVerdict {
  const said = (verdict: RuleVerdict['verdict'], reason: string) => ({ rule: rule.name, verdict, reason })
  if (!rule.enabled) return said('off', 'switched off in the configuration')
  const restMs = (pass.history.rests[rule.name] ?? 0) - pass.snapshot.takenAt
  if (restMs > 0) return said('resting', `it acted, and rests for another ${duration(restMs)}`)
  const judgement = rule.judge(pass.snapshot)
  if (judgement.verdict !== 'holds') return said(judgement.verdict, judgement.reason)
  const rival = rivalOf(rule, pass)
  if (rival !== null) return said('outranked', `${judgement.reason}; ${rival} does it in this pass`)
  const { plan, outranked } = planned(rule, pass)
  if (outranked !== null) return said('outranked', `${judgement.reason}; ${outranked}`)
  if (plan.kind === 'nothing') return said('nothing_to_do', `${judgement.reason}; ${plan.reason}`)
  if (pass.decisions.length >= pass.policy.actionsMax)
    return said('over_limit', `${judgement.reason}; a pass has at most ${pass.policy.actionsMax} actions`)
  record(rule, judgement.reason, plan, pass)
  return said('fired', judgement.reason)
}

/** Who does in this pass what is done once a pass. */
function rivalOf({ action }: Rule, { decisions }: Pass): string | null {
  if (!oneAPass.has(action)) return null
  return decisions.find((decision) => decision.action === action)?.rule ?? null
}

/** What the rule would do with what those before it left; why nothing, where they took it all. */
function planned(rule: Rule, pass: Pass): { plan: Plan; outranked: string | null } {
  const plan = rule.plan(
    pass.snapshot,
    meansOf(pass, (task) => !pass.takenBy.has(task)),
  )
  if (plan.kind === 'action' || pass.takenBy.size === 0) return { plan, outranked: null }
  const alone = rule.plan(
    pass.snapshot,
    meansOf(pass, () => true),
  )
  if (alone.kind === 'nothing') return { plan: alone, outranked: null }
  const rivals = new Set(tasksOf(alone.action).flatMap((task) => pass.takenBy.get(task) ?? []))
  return { plan, outranked: `its tasks are taken by ${[...rivals].join(' and ')} in this pass` }
}

function meansOf({ policy, means }: Pass, isFree: Means['isFree']): Means {
  return {
    tasksMax: policy.tasksMax,
    emergencyDeadLetter: policy.emergencyDeadLetter,
    isFree,
    accepts: means.accepts,
  }
}

function record(rule: Rule, reason: string, plan: Plan & { kind: 'action' }, pass: Pass): void {
  const id = pass.means.idOf(pass.decisions.length + 1)
  pass.decisions.push({ id, rule: rule.name, priority: rule.priority, reason, ...plan.action })
  for (const task of tasksOf(plan.action)) pass.takenBy.set(task, rule.name)
}

/** How long a rule rests after acting. */
export function cooldownOf(rule: string, settings: readonly RuleSetting[]): number {
  return rulesOf(settings, new Map()).find(({ name }) => name === rule)?.cooldownMs ?? 0
}
