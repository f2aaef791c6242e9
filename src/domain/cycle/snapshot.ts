import type { JrName, NodeId, TaskId } from '../ids.ts'
import type { TaskStatus } from '../task.ts'
import type { WorkerState } from '../worker.ts'
import type { Health } from './health.ts'
import type { WindowView } from './windows.ts'

/** Grows when the shape of a snapshot changes, so that a saved one is not read amiss. */
export const snapshotVersion = 1

/**
 * All that a pass of the cycle knows (spec §7), in one look. Plain JSON. Durations are milliseconds, times epoch milliseconds by
 * the database's clock. What is listed is bounded (`snapshotLimits`), so that it costs the same whatever lies in the queue.
 */
export interface Snapshot {
  version: typeof snapshotVersion
  takenAt: number
  nodeId: NodeId
  jobs: JobsSection
  deliveries: DeliveriesSection
  scheduler: SchedulerSection
  campaigns: CampaignsSection
  scores: ScoresSection
  ledger: LedgerSection
  workers: WorkersSection
  capacity: CapacitySection
  system: SystemSection
}

/** What is asked of the queue's database; the rest of a snapshot is this node's own. */
export type QueueSections = Pick<Snapshot, 'takenAt' | 'jobs' | 'deliveries' | 'campaigns' | 'scores'> & {
  onlineJrs: number
  lines: Omit<LineView, 'failuresInARow'>[]
}

export const snapshotLimits = {
  /** Tasks that a list holds: as many as an action may touch. */
  tasks: 10,
  campaigns: 100,
  /** Those with a task that waits, by name. */
  channels: 50,
  /** Jrs whose lines are told; the longest first. */
  lines: 100,
  /** Failures of the last hour and scores of the last day are counted no further; the newest are. */
  counted: 1_000,
} as const

/**
 * A task that an action may name. Each list holds those that are next in turn for one action, and leaves out those on which
 * that action has acted within its period.
 */
export interface TaskRef {
  id: TaskId
  /** Of the row as it was read. */
  version: number
  title: string
  status: TaskStatus
  jrName: JrName | null
  /** As it is compared (`channelKey`). */
  channel: string | null
  score: number | null
  campaignId: number | null
  priority: number
  /** How long it has waited: since it became ready last; of one that is not ready, since it was made. */
  ageMs: number
  scheduledAt: number | null
}

export interface JobsSection extends Record<TaskStatus, number> {
  /** Ready for a worker: pending and assigned together. What the spec's rules call pending. */
  waiting: number
  oldestWaitingMs: number | null
  /** Attempts that failed, and tasks that died, within the last hour. */
  failures1h: number
  /** Those that have waited longest, for `force_run` and, where it is allowed, the emergency's dead letters. */
  oldest: TaskRef[]
  /** Retries that wait for their time, the next first, for `retry_failed`. */
  retries: TaskRef[]
  /** Dead letters of the last hour that the cycle replayed less than twice, the oldest first, for `retry_failed`. */
  dead: TaskRef[]
}

/** Tasks with a channel. */
export interface DeliveriesSection extends Record<TaskStatus, number> {
  /**
   * Those that are ready, or among the next five hundred tasks that are due, by channel. `next`: for `schedule_task`, which brings
   * them into the channel's open window, or its next one; the best score first, then the oldest; what it has given its
   * time already comes last. Retries, and what is due in more than a day, are left out.
   */
  byChannel: { channel: string; waiting: number; next: TaskRef[] }[]
}

export interface SchedulerSection {
  windows: WindowView[]
  /** Channels with a window that is open now. */
  open: string[]
  /** Those of them whose window closes within the hour. */
  closingSoon: string[]
}

export interface CampaignsSection {
  active: number
  /** Active ones, the largest budget first. */
  list: CampaignView[]
}

export interface CampaignView {
  id: number
  name: string
  budget: number
  startsAt: number | null
  endsAt: number | null
  waiting: number
  /** Its next tasks with a channel, for `schedule_task`, as those of a channel. */
  next: TaskRef[]
}

/** Of tasks that were created within the last 24 hours and have a score. */
export interface ScoresSection {
  tasks: number
  average: number | null
  /** Above 80. */
  high: number
  /** High ones that still wait, those with a channel and the best first, for `promote_task` and `schedule_task`. */
  highWaiting: TaskRef[]
  /** Below 40, waiting, the worst first, for `downgrade_task`. */
  lowWaiting: TaskRef[]
}

export interface LedgerSection {
  /** Entries of level error within the last hour, the cycle's own not counted. */
  errors1h: number
}

export interface WorkersSection {
  byState: Record<WorkerState, number>
  /** Jrs that can be given tasks, on any node. */
  onlineJrs: number
  /** Whose work waits, and who could take it, for `rebalance_queue`. */
  lines: LineView[]
}

/** A Jr's line: tasks that are assigned to it and wait. The line of nobody has the name '', and is served by nobody. */
export interface LineView {
  jrName: JrName | ''
  online: boolean
  /** Tasks at work, as it says. */
  load: number
  /** Counted so far only that all lines together make some thousand. */
  waiting: number
  /** Of what ended lately: so much failed, and nothing succeeded since. As this node's metrics have it, which read all nodes' events. */
  failuresInARow: number
  /**
   * From the end of the line, for those are served last: whom `rebalance_queue` may move. Of the lines whose Jr is not there, and
   * of the longest ones.
   */
  last: TaskRef[]
}

export interface CapacitySection {
  mode: 'lend' | 'strict'
  unit: 'request' | 'token'
  /** Tasks in the common order of positions. */
  positions: number
  /** Requests that wait for capacity on this node. */
  waiting: number
  inFlight: number
  ratePerMinute: number
}

export interface SystemSection extends Health {
  /** This node's daemon. */
  uptimeMs: number
  rssBytes: number
  heapPercent: number
  /** What goes on, but not as it should, in plain words. */
  degraded: string[]
}
