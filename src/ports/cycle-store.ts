import type { ActionKind, ActionResult, Decision, DecisionRecord, Outcome } from '../domain/cycle/decision.ts'
import type { HealthStatus } from '../domain/cycle/health.ts'
import type { QueueSections } from '../domain/cycle/snapshot.ts'
import type { Led } from './cluster-duties.ts'
import type { Mandate } from './leadership.ts'

/** What the cycle asks of the queue's database and does there. What changes anything proves the mandate in its own statement. */
export interface CycleStore extends CycleLook {
  /** The cluster's switch. Whoever asks may turn it; the leader obeys. Answers it as it is then. */
  setEnabled(enabled: boolean, by: string): Promise<CycleSwitch>
  /** The switch as it is; `fallback` where nobody ever turned it. */
  readSwitch(): Promise<CycleSwitch | null>
  /** On record before anything is done, and the rules' rests with it. `observed`: it will not be acted upon. */
  intend(
    mandate: Mandate,
    decisions: readonly { decision: Decision; cooldownMs: number }[],
    observed: boolean,
  ): Promise<Led<void>>
  /**
   * Does what was decided and settles its record, in one transaction: a second call, or one after a crash, finds it settled and
   * answers what the first did. Not for `trigger_reconciliation`, which is the daemon's (`settle` ends it).
   */
  act(mandate: Mandate, decision: Decision): Promise<Led<ActionResult>>
  /** Ends the record of what was done, or failed, outside of the database. */
  settle(mandate: Mandate, id: string, how: { result: ActionResult } | { error: string }): Promise<Led<void>>
  /** Rules that rest, until when (epoch milliseconds, the database's clock); at most a thousand. */
  rests(): Promise<Record<string, number>>
  /** Decisions on record that nobody finished, the oldest first; at most a hundred. */
  openIntents(): Promise<DecisionRecord[]>
  /**
   * Counts the tasks by status anew and puts right what the trigger's counts say amiss. `mended`: how many were counted wrong;
   * `tooMany`: nothing was done, there are more than can be counted at once.
   */
  recount(mandate: Mandate): Promise<Led<{ mended: number; tooMany: boolean }>>
  /** Deletes what is older, at most `limit` rows of each kind; answers how many went. */
  prune(mandate: Mandate, ages: { decisionsMs: number; marksMs: number }, limit: number): Promise<Led<number>>
  /** Notes whether the conditions were gone. */
  measured(mandate: Mandate, outcomes: readonly { id: string; outcome: Outcome }[]): Promise<Led<void>>
  /** What was told of the fleet's health the last time, by whichever leader; null: nothing was. */
  readHealthTold(): Promise<HealthStatus | null>
  keepHealthTold(mandate: Mandate, status: HealthStatus): Promise<Led<void>>
  /** Newest first; at most `limit` (1–1000). */
  decisions(filter: { rule?: string; before?: number; limit: number }): Promise<DecisionRecord[]>
}

/**
 * Under which `jr_task_actions.action` it is noted that the cycle was at a task. The replay of a dead letter is noted by itself:
 * `times` says how often there was one, and a retry that was brought forward is none.
 */
export type TaskMark = Exclude<ActionKind, 'trigger_reconciliation'> | typeof replayMark
export const replayMark = 'replay_dead'
/** Replays by the cycle of one task, as long as marks are kept. */
export const replaysMax = 2

export interface CycleLook {
  /** One round trip; flat in backlog and history. */
  look(question: LookQuestion): Promise<CycleSight>
}

export interface LookQuestion {
  /** A Jr seen within this is online. */
  offlineAfterMs: number
  /** Of a task in this action, so long it is left alone. */
  periodsMs: Readonly<Record<Decision['action'], number>>
}

/** One look: the sections of the snapshot that the database knows, and what the cycle has on record there. */
export interface CycleSight {
  sections: QueueSections
  /** Null: nobody ever turned it. */
  switch: CycleSwitch | null
  /** Rules that rest, until when (epoch milliseconds, the database's clock). */
  rests: Record<string, number>
  /** Executed decisions without an outcome whose rule's rest is over, the oldest first; at most a hundred. */
  unmeasured: DecisionRecord[]
  /** How many decisions are on record that nobody finished. */
  openIntents: number
}

export interface CycleSwitch {
  enabled: boolean
  by: string
  /** Epoch milliseconds. */
  at: number
}
