import type { Fence, InstanceId, JrName, NodeId, TaskId } from '../domain/ids.ts'
import type { Attempt, AttemptOutcome, Json, Lease, ListedTask, Task, TaskStatus } from '../domain/task.ts'

/**
 * The shared queue, as four narrow interfaces for its four kinds of users.
 * Every method may throw OperationalError (`db.unreachable`, `db.timeout`, `db.read_only`, `db.conflict`,
 * `db.schema`, …; `db.outcome_unknown`: a write's answer was lost, and nobody knows whether it is done).
 * Refusals that belong to the job (a stale fence, a finished task) are values.
 */
export interface TaskQueue extends AttemptQueue, OperatorQueue, QueueUpkeep, EventFeed {
  /** Lets go of every connection. Idempotent. */
  close(): Promise<void>
}

/** What a worker does with the queue. */
export interface AttemptQueue {
  /**
   * Takes the next ready tasks (claim order of spec §2) of `jrNames`, else unassigned ones when `acceptUnassigned`: as many as
   * there are `keyHashes`, or fewer when fewer are ready. The attempts' rows exist when this returns.
   */
  claim(request: ClaimRequest): Promise<Claimed[]>
  /** Prolongs the leases by `leaseMs` from now; answers those that are no longer held (expired, cancelled, foreign). */
  renew(leases: readonly Lease[], leaseMs: number): Promise<LostLease[]>
  progress(lease: Lease, percent: number, note: string | null): Promise<WriteVerdict>
  complete(lease: Lease, result: Json): Promise<WriteVerdict>
  fail(lease: Lease, failure: Failure): Promise<FailVerdict>
  /** Gives the task back as it was, the attempt not counted. */
  release(lease: Lease, reason: string): Promise<WriteVerdict>
  /**
   * Gives back what was claimed for this instance without its knowing, because the answer to a claim was lost: its open
   * attempts that are not among `held`. Not to be called while a claim is under way. Answers how many.
   */
  releaseUnheld(instanceId: InstanceId, held: readonly Lease[]): Promise<number>
  /** Upserts `jr_status` and the instance's own row: online, last_seen = now, load = tasks at work. */
  beat(beat: Beat): Promise<void>
  /** The instance is gone: its row is ended and the Jr's row becomes the sum of the others. */
  retire(instanceId: InstanceId): Promise<void>
}

export interface ClaimRequest {
  jrNames: readonly JrName[]
  acceptUnassigned: boolean
  instanceId: InstanceId
  nodeId: NodeId
  leaseMs: number
  /**
   * One for each task wanted, 1–1000: the SHA-256, hex, of the secret by which its attempt shows itself to gateway and worker
   * socket.
   */
  keyHashes: readonly string[]
}

export interface Claimed {
  task: Task
  lease: Lease
  /** The Jr in whose name it was claimed. */
  jrName: JrName
  /** From 1. */
  attempt: number
  /** Which of the request's hashes is this attempt's. */
  keyHash: string
}

export type WriteVerdict = { accepted: true } | { accepted: false; reason: StaleReason }

/**
 * Why a write under a fence was refused. `recorded`: the attempt has ended already, and just so: whoever repeats a write whose
 * answer was lost has his answer.
 */
export type StaleReason = 'expired' | 'cancelled' | 'foreign' | 'superseded' | 'recorded' | 'unknown'

export interface LostLease {
  lease: Lease
  reason: StaleReason
}

/**
 * - `attempt`: this try failed; retried with backoff while attempts are left, else dead-lettered.
 * - `asked`: the command asked for a retry (exit 75). Counted and backed off like the former.
 * - `final`: never to be retried (exit 65).
 */
export interface Failure {
  kind: 'attempt' | 'asked' | 'final'
  error: string
  /** The tail of the output or a partial result, kept with the row. */
  result?: Json
}

export type FailVerdict =
  | { accepted: true; status: 'retry'; attempt: number; retryAt: number }
  | { accepted: true; status: 'failed'; attempt: number }
  | { accepted: false; reason: StaleReason }

export interface Beat {
  instanceId: InstanceId
  jrNames: readonly JrName[]
  nodeId: NodeId
  pid: number
  load: number
}

/** What operators (CLI, TUI, API) do with the queue. `by` is who asked, self-declared; it goes into the event. */
export interface OperatorQueue {
  /** All or nothing. Answers the ids in the order given. */
  add(tasks: readonly NewTask[], by: string): Promise<TaskId[]>
  get(id: TaskId): Promise<TaskDetail | null>
  /** Newest first by id; `before` pages on. Results and the ends of long texts are given by `get` alone. */
  list(filter: TaskFilter): Promise<ListedTask[]>
  counts(): Promise<QueueCounts>
  set(id: TaskId, changes: TaskChanges, by: string): Promise<OperatorVerdict>
  cancel(id: TaskId, by: string, reason: string): Promise<OperatorVerdict>
  /** A finished task is made ready again with its attempts reset; a waiting `retry` or `scheduled` one becomes ready now. */
  retry(id: TaskId, by: string): Promise<OperatorVerdict>
  /** In progress: position 1 now. Waiting (also for a time): made ready and claimed next. `undo` takes it back. */
  urgent(id: TaskId, by: string, undo: boolean): Promise<OperatorVerdict>
  /** The tasks in progress, the inputs of the common order of positions (spec §5). */
  inProgress(): Promise<InProgressTask[]>
  /** `jr_status`, with ages by the database's clock. */
  jrs(): Promise<JrPresence[]>
  /** The instances that are not retired, with their ages by the database's clock. */
  instances(): Promise<InstancePresence[]>
}

export type OperatorVerdict =
  | { kind: 'done'; task: Task }
  | { kind: 'unchanged'; task: Task }
  | { kind: 'not_found' }
  | { kind: 'refused'; status: TaskStatus; task: Task }

export interface NewTask {
  title: string
  description?: string
  source?: string
  createdBy?: string
  assignedJr?: string | null
  priority?: number
  sacredFirePriority?: number
  urgent?: boolean
  channel?: string | null
  score?: number | null
  campaignId?: number | null
  /** Epoch milliseconds; in the future makes it `scheduled`. */
  scheduledAt?: number | null
  maxAttempts?: number
  tags?: string[]
}

export type TaskChanges = Partial<
  Pick<
    NewTask,
    | 'title'
    | 'description'
    | 'assignedJr'
    | 'priority'
    | 'sacredFirePriority'
    | 'channel'
    | 'score'
    | 'campaignId'
    | 'scheduledAt'
    | 'maxAttempts'
    | 'tags'
  >
>

export interface TaskDetail {
  task: Task
  attempts: Attempt[]
}

export interface TaskFilter {
  statuses?: readonly TaskStatus[]
  jrName?: JrName
  /** Case-insensitive part of the title or of its Jr's name. */
  search?: string
  /** However it is spelt. */
  channel?: string
  campaignId?: number
  /** Only ids below this one. */
  before?: TaskId
  /** 1–1000. */
  limit: number
}

export interface QueueCounts {
  byStatus: Record<TaskStatus, number>
  /** Age of the oldest task that is ready to be claimed, by the database's clock; null when none is. */
  oldestReadyMs: number | null
}

export interface InProgressTask {
  id: TaskId
  title: string
  jrName: JrName | null
  instanceId: InstanceId | null
  nodeId: NodeId | null
  urgent: boolean
  /** Epoch milliseconds. */
  urgentAt: number | null
  startedAt: number
  progressPercent: number
  attempt: number
}

export interface InstancePresence {
  instanceId: InstanceId
  jrName: JrName
  nodeId: NodeId
  lastSeenAgeMs: number
  load: number
}

export interface JrPresence {
  jrName: JrName
  online: boolean
  lastSeenAgeMs: number | null
  load: number
}

/** Duties that keep the queue moving whoever runs them; each is idempotent, bounded and safe on many nodes at once. */
export interface QueueUpkeep {
  /** Due `retry` and `scheduled` tasks become ready. Answers how many, and when the next is due (ms from now, null: none). */
  makeReady(): Promise<{ ready: number; nextDueMs: number | null }>
  /** Expired leases: the attempt is counted and ended, the task returns at once or dies when it was the last attempt. */
  rescueExpired(): Promise<Rescued[]>
  /** Legacy tasks in progress without a lease and without news for `stuckMs`: back to work, the attempt counted. */
  rescueStuck(stuckMs: number): Promise<Rescued[]>
  /** A worker instance died (its supervisor saw it and ended its tree): its leases return now, the attempts counted. */
  returnLeases(instanceId: InstanceId, cause: string): Promise<Rescued[]>
  /** Jrs not seen for `silentMs` are marked offline. Answers their names. */
  markSilentOffline(silentMs: number): Promise<JrName[]>
}

export interface Rescued {
  taskId: TaskId
  fence: Fence | null
  jrName: JrName | null
  status: TaskStatus
}

/** Events of tasks, written by the trigger alone, for our SQL and foreign SQL alike. */
export interface EventFeed {
  /** The next at most `limit` events after the cursor. Never misses a late commit, never waits for an open transaction. */
  events(cursor: EventCursor, limit: number): Promise<{ events: TaskEventRecord[]; cursor: EventCursor }>
  /** The cursor that starts at the present. */
  latestCursor(): Promise<EventCursor>
}

/** Where a reader stands: everything up to `id` was read but the `gaps`, which may still commit. Plain JSON. */
export interface EventCursor {
  id: number
  /** `through`: the last id of a run of missing ones. */
  gaps: { id: number; through?: number; seenBeforeXid: string }[]
}

/** One change of a task's row. `version` orders the events of a task; from 1. */
export interface TaskEventRecord {
  id: number
  taskId: TaskId
  version: number
  /** Epoch milliseconds. */
  at: number
  kind: 'inserted' | 'updated' | 'deleted'
  from: TaskStatus | null
  to: TaskStatus | null
  jrName: JrName | null
  /** Who wrote it: what jrctl declared, else the database session's application name or user. */
  actor: string
  /** Names and new values of the columns that changed, bounded; large ones only named. */
  changes: { [column: string]: Json }
  /** Set when a leased attempt was ended by somebody else's SQL. */
  attemptOutcome: AttemptOutcome | null
}
