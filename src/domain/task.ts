import type { Fence, InstanceId, JrName, NodeId, TaskId } from './ids.ts'

/**
 * The life of a task (spec §2) as a table, status × event.
 *
 * Every cell is either the next status or null, which means the event is refused there. The SQL of
 * `src/adapters/postgres/sql/` makes the same moves; its contract suite walks this table against the database.
 */
export const taskStatuses = [
  'pending',
  'scheduled',
  'assigned',
  'in_progress',
  'retry',
  'completed',
  'failed',
  'cancelled',
] as const
export type TaskStatus = (typeof taskStatuses)[number]

/**
 * - `assign` / `unassign`: a Jr is named or taken away.
 * - `schedule`: put off to a time. `ready`: that time has come, or a retry's wait is over.
 * - `claim`: a worker takes it. `complete`: it is done.
 * - `fail`: an attempt failed with attempts left. `die`: it failed for good and becomes a dead letter.
 * - `release`: the worker gives it back unharmed, or its lease expired with attempts left.
 * - `cancel`: an operator ends it. `replay`: an operator wants a finished one done again.
 */
export const taskEvents = [
  'assign',
  'unassign',
  'schedule',
  'ready',
  'claim',
  'complete',
  'fail',
  'die',
  'release',
  'cancel',
  'replay',
] as const
export type TaskEvent = (typeof taskEvents)[number]

/** Where a task with (assigned) or without (pending) a Jr waits; which one depends on its row, hence the marker. */
export type Waiting = 'waiting'
type Cell = TaskStatus | Waiting | null

const waitingForWork = {
  assign: 'assigned',
  unassign: 'pending',
  schedule: 'scheduled',
  ready: null,
  claim: 'in_progress',
  complete: null,
  fail: null,
  die: 'failed',
  release: null,
  cancel: 'cancelled',
  replay: null,
} as const satisfies Record<TaskEvent, Cell>

const waitingForTime = {
  ...waitingForWork,
  assign: 'scheduled',
  unassign: 'scheduled',
  ready: 'waiting',
  claim: null,
} as const satisfies Record<TaskEvent, Cell>

const finished = {
  assign: null,
  unassign: null,
  schedule: null,
  ready: null,
  claim: null,
  complete: null,
  fail: null,
  die: null,
  release: null,
  cancel: null,
  replay: 'waiting',
} as const satisfies Record<TaskEvent, Cell>

export const taskTransitions = {
  pending: waitingForWork,
  assigned: waitingForWork,
  scheduled: waitingForTime,
  retry: { ...waitingForTime, assign: 'retry', unassign: 'retry' },
  in_progress: {
    assign: null,
    unassign: null,
    schedule: null,
    ready: null,
    claim: null,
    complete: 'completed',
    fail: 'retry',
    die: 'failed',
    release: 'waiting',
    cancel: 'cancelled',
    replay: null,
  },
  completed: finished,
  failed: finished,
  cancelled: finished,
} as const satisfies Record<TaskStatus, Record<TaskEvent, Cell>>

/** The status after `event`, or undefined when it is refused in this status. */
export function nextTaskStatus(
  status: TaskStatus,
  event: TaskEvent,
  assigned: boolean,
): TaskStatus | undefined {
  const cell: Cell = taskTransitions[status][event]
  if (cell === null) return undefined
  if (cell === 'waiting') return assigned ? 'assigned' : 'pending'
  return cell
}

export const finishedStatuses = ['completed', 'failed', 'cancelled'] as const satisfies TaskStatus[]

export function isFinished(status: TaskStatus): boolean {
  return (finishedStatuses as readonly TaskStatus[]).includes(status)
}

/** A JSON value: what results, payloads and ledger data are. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A task as the operator sees it. Times are epoch milliseconds by the database's clock. */
export interface Task {
  id: TaskId
  title: string
  description: string
  source: string
  createdBy: string
  assignedJr: JrName | null
  status: TaskStatus
  /** Lower first. */
  priority: number
  /** 0–10, higher first, above 8 is urgent. */
  sacredFirePriority: number
  progressPercent: number
  /** The note sent with the latest progress. */
  progressNote: string | null
  createdAt: number
  startedAt: number | null
  completedAt: number | null
  scheduledAt: number | null
  urgent: boolean
  urgentAt: number | null
  urgentBy: string | null
  attempts: number
  maxAttempts: number
  channel: string | null
  score: number | null
  campaignId: number | null
  tags: string[]
  result: Json
  error: string | null
  /** Counts the changes to this task's row; events are ordered by it. */
  version: number
}

/** Of each text of a task in a list so many characters are given. */
export const listedTextCharacters = 500

/**
 * A task in a list: without its result (null), and its texts cut to `listedTextCharacters`, so that a list of many stays
 * small. `isCut`: the task itself holds more, a result or a longer text.
 */
export interface ListedTask extends Task {
  isCut: boolean
}

/** The right to work on an attempt. Every write of a worker carries task and fence. */
export interface Lease {
  taskId: TaskId
  fence: Fence
  instanceId: InstanceId
}

export const attemptOutcomes = [
  'completed',
  'failed',
  'retry',
  'released',
  'expired',
  'cancelled',
  'foreign',
] as const
/** How an attempt ended. `foreign`: somebody else's SQL ended the task under us. */
export type AttemptOutcome = (typeof attemptOutcomes)[number]

/** One try at a task. Times are epoch milliseconds by the database's clock. */
export interface Attempt {
  taskId: TaskId
  fence: Fence
  /** From 1. */
  attempt: number
  jrName: JrName
  instanceId: InstanceId
  nodeId: NodeId
  startedAt: number
  leaseExpiresAt: number
  endedAt: number | null
  outcome: AttemptOutcome | null
  error: string | null
}

/** Bounds on what a row may hold; each refusal names the field and the limit. Bytes of UTF-8. */
export const taskLimits = {
  titleBytes: 500,
  descriptionBytes: 256 * 1024,
  resultBytes: 1024 * 1024,
  /** Arrays and objects within one another: more than any report has, and far from where a stack ends. */
  resultLevels: 100,
  errorBytes: 16 * 1024,
  outputBytes: 64 * 1024,
  tagCount: 32,
  tagBytes: 100,
  channelBytes: 100,
  /** Of a score; another program may write others. */
  scoreMin: 0,
  scoreMax: 100,
  jrNameBytes: 200,
  importRows: 100_000,
} as const
