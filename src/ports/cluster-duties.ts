import type { OfferedTask } from '../domain/acceptance.ts'
import type { Placement } from '../domain/assignment.ts'
import type { JrName, TaskId } from '../domain/ids.ts'
import type { Mandate } from './leadership.ts'
import type { JrAcceptance } from './nodes.ts'
import type { Rescued } from './task-queue.ts'

/**
 * What only the leader does. Each write proves the mandate in its own statement, so that a leader who was stopped past its
 * lease, and whose next write comes late, writes nothing: it gets `led: false`. Each is bounded, and safe to repeat.
 */
export interface ClusterDuties extends AssignmentFacts {
  /** Names Jrs for tasks that are still unassigned and ready, as the leader's act. Answers those it named. */
  assign(mandate: Mandate, placements: readonly Placement[]): Promise<Led<TaskId[]>>
  /** As `QueueUpkeep.rescueStuck`. */
  rescueStuck(mandate: Mandate, stuckMs: number): Promise<Led<Rescued[]>>
  /** As `QueueUpkeep.markSilentOffline`; forgets nodes not seen for a month too. */
  markSilentOffline(mandate: Mandate, silentMs: number): Promise<Led<JrName[]>>
  /** Adds the notes of the counts by status together. Answers how many notes became how few. */
  foldCounts(mandate: Mandate): Promise<Led<{ before: number; after: number }>>
  /** Looks at the next `limit` tasks after `afterId`, by id, and deletes those that are finished and old enough. */
  pruneTasks(mandate: Mandate, ages: FinishedAges, afterId: number, limit: number): Promise<Led<Pruned>>
  /** Looks at the next `limit` events after `afterId`, by id, and deletes those that are old enough. */
  pruneEvents(mandate: Mandate, olderThanMs: number, afterId: number, limit: number): Promise<Led<Pruned>>
}

export type Led<Result> = { led: true; result: Result } | { led: false }

/** How long ago a task must have ended to be deleted; null: it is kept for ever. */
export interface FinishedAges {
  /** Completed and cancelled ones. */
  finishedMs: number | null
  /** Failed ones, which are dead letters. */
  deadMs: number | null
}

export interface Pruned {
  deleted: number
  /** Rows looked at; fewer than asked for at the end of the table. */
  seen: number
  /** The last id looked at; null when nothing was. */
  lastId: number | null
  /** The lowest id that was looked at and stays; null when none does. */
  firstKeptId: number | null
  /** Whether all that was looked at is too young to be deleted, and so is what comes after it. */
  isYoung: boolean
}

/** What assigning and its explanations are made of. */
export interface AssignmentFacts {
  /** Ready tasks without a Jr in the order of claims, after the first `skip`; at most `limit`. */
  unassigned(skip: number, limit: number): Promise<OfferedTask[]>
  /** How many ready tasks have no Jr; counts no further than `max`. */
  countUnassigned(max: number): Promise<number>
  /** Jrs that are online and were seen within `offlineAfterMs`, by name. */
  onlineJrs(offlineAfterMs: number): Promise<OnlineJr[]>
  /** Jrs that were never seen, and for whom ready tasks wait: at most `max`, whose tasks are counted no further than `tasksMax`. */
  unseenJrs(max: number, tasksMax: number): Promise<UnseenJr[]>
  /** What living nodes say that their Jrs accept. A Jr on several nodes accepts what all of its statements do. */
  acceptances(): Promise<JrAcceptance[]>
}

/** Somebody whom tasks name, and who never was there. */
export interface UnseenJr {
  jrName: JrName
  tasks: number
}

export interface OnlineJr {
  jrName: JrName
  /** At work, as it says, and waiting in its line; the line is counted no further than a thousand. */
  load: number
}
