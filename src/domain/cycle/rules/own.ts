import type { ActionKind } from '../decision.ts'
import type { Snapshot } from '../snapshot.ts'
import { downgrade } from './plans/downgrade.ts'
import { forceRun } from './plans/force-run.ts'
import { promote } from './plans/promote.ts'
import { rebalance } from './plans/rebalance.ts'
import { reconcile } from './plans/reconcile.ts'
import { retry } from './plans/retry.ts'
import { schedule } from './plans/schedule.ts'
import type { Judgement, Means, Plan, Rule } from './rule.ts'

/** A compiled `when`: whether it holds; why it could not be told. */
export type SnapshotCondition = (snapshot: Snapshot) => { holds: boolean; error: string | null }

/** What an operator says of a rule of their own. */
export interface OwnRule {
  when: string
  do: ActionKind
  reason: string
}

/** Of an own rule that says nothing of it. */
export const ownPriority = 5

/** Everything of it but what each rule's setting may say. */
export function ownRule(
  own: OwnRule,
  condition: SnapshotCondition | undefined,
): Pick<Rule, 'action' | 'condition' | 'does' | 'looksAt' | 'judge' | 'plan' | 'isOwn'> {
  const { does, looksAt, plan } = standardPlans[own.do]
  return {
    action: own.do,
    condition: oneLine(own.when),
    does,
    looksAt: [...new Set([...namedIn(own.when), ...looksAt])],
    isOwn: true,
    judge: (snapshot) => judged(own, condition, snapshot),
    plan,
  }
}

/** A condition may stand on many lines. */
export function oneLine(when: string): string {
  return when.trim().replaceAll(/\s+/g, ' ')
}

/** Parts of a snapshot that a condition names. */
const part = /\b(?:jobs|deliveries|scheduler|campaigns|scores|ledger|workers|capacity|system)\.\w+/g

function namedIn(when: string): string[] {
  return when.match(part) ?? []
}

function judged(own: OwnRule, condition: SnapshotCondition | undefined, snapshot: Snapshot): Judgement {
  if (condition === undefined) return { verdict: 'broken', reason: 'its condition was not compiled' }
  const { holds, error } = condition(snapshot)
  if (error !== null) return { verdict: 'broken', reason: `its condition fails: ${error}` }
  return holds
    ? { verdict: 'holds', reason: own.reason }
    : { verdict: 'holds_not', reason: 'its condition does not hold' }
}

interface StandardPlan {
  does: string
  looksAt: readonly string[]
  plan: (snapshot: Snapshot, means: Means) => Plan
}

/** What an action does with nobody to choose its tasks. */
const standardPlans: Readonly<Record<ActionKind, StandardPlan>> = {
  schedule_task: {
    does: 'brings deliveries into the window of their channel, the best score of each channel first',
    looksAt: ['deliveries.byChannel', 'scheduler.windows'],
    plan: (snapshot, means) =>
      schedule(
        snapshot.deliveries.byChannel.flatMap(({ next }) => next),
        snapshot,
        means,
      ),
  },
  retry_failed: {
    does: 'brings retries that wait for their time forward, and dead letters of the last hour back (each twice at most)',
    looksAt: ['jobs.retries', 'jobs.dead'],
    plan: retry,
  },
  trigger_reconciliation: {
    does: 'brings queue, leases, workers and local state back into agreement',
    looksAt: [],
    plan: reconcile,
  },
  promote_task: {
    does: 'gives waiting tasks with a score above 80 priority 1, the best first; never makes them urgent',
    looksAt: ['scores.highWaiting'],
    plan: ({ scores }, means) => promote(scores.highWaiting, means),
  },
  downgrade_task: {
    does: 'puts waiting tasks with a score below 40 off by 24 h, the worst first',
    looksAt: ['scores.lowWaiting'],
    plan: ({ scores }, means) => downgrade(scores.lowWaiting, means),
  },
  force_run: {
    does: 'puts the oldest waiting tasks before all that is not urgent; out of the line of a Jr that is offline',
    looksAt: ['jobs.oldest'],
    plan: ({ jobs }, means) => forceRun(jobs.oldest, means),
  },
  rebalance_queue: {
    does: 'moves waiting tasks of offline Jrs, and from the ends of the longest lines, to the least loaded Jrs that are online and accept them',
    looksAt: ['workers.lines'],
    plan: rebalance,
  },
}
