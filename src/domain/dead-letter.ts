import { parseTaskId, type JrName, type NodeId, type TaskId } from './ids.ts'
import type { Json, TaskStatus } from './task.ts'

/**
 * Work that was given up, kept until somebody looks: a task whose attempts are used up, a run or a worker that the supervisor
 * starts no more. That a task is dead is said by its row, for the whole cluster; runs and workers are each node's own.
 */
export interface DeadLetter {
  id: DeadLetterId
  kind: DeadLetterKind
  state: DeadLetterState
  /** Of a task; null for runs and workers. */
  taskId: TaskId | null
  /** The task's status now; null for runs and workers, and once the task is gone. */
  status: TaskStatus | null
  /**
   * Which death: a task's version as it was read. What is asked of a letter names it, so that one wish never strikes a later
   * death of the same task. 0 for runs and workers.
   */
  version: number
  title: string
  /** Null: nobody's yet. */
  jrName: JrName | null
  /** The node whose run or worker it is; null for tasks. */
  nodeId: NodeId | null
  error: string | null
  /** Epoch milliseconds; null when nobody noted it. */
  diedAt: number | null
  /** Attempts of a task or run, restarts of a worker. */
  attempts: number
  maxAttempts: number | null
  /** How often it was brought back to life, as far as events are kept. */
  replays: number
  /** Its latest replay or purge, and who asked for it. */
  settledAt: number | null
  settledBy: string | null
  department: string | null
  /** Cron, of a scheduled worker. */
  schedule: string | null
  /** Epoch milliseconds. */
  lastHealthCheckAt: number | null
  /** What it was to work on, bounded; a task's row holds the whole. */
  payload: Json
}

export const deadLetterKinds = ['task', 'run', 'worker'] as const
export type DeadLetterKind = (typeof deadLetterKinds)[number]

/**
 * - `dead`: waits for somebody. `replayed`: brought back to life. `purged`: deleted for good.
 * - `alive`: a task that is not dead and was never replayed, when it is asked for by its id.
 */
export const deadLetterStates = ['dead', 'replayed', 'purged', 'alive'] as const
export type DeadLetterState = (typeof deadLetterStates)[number]

declare const brand: unique symbol
/** A task's id (`42`), or of this node's own `r7` (run) and `w7` (worker). */
export type DeadLetterId = string & { readonly [brand]: 'DeadLetterId' }

export function deadLetterOfTask(id: TaskId): DeadLetterId {
  return String(id) as DeadLetterId
}

/** The task that a letter's id names; undefined for runs and workers. */
export function taskOfDeadLetter(id: DeadLetterId): TaskId | undefined {
  return parseTaskId(id)
}

/** As a person types it (`42`, `#42`, `r7`), or undefined. */
export function parseDeadLetterId(text: string): DeadLetterId | undefined {
  const match = /^(?:#?([1-9]\d{0,15})|([rw][1-9]\d{0,15}))$/.exec(text.trim())
  if (match === null) return undefined
  if (match[1] === undefined) return match[2] as DeadLetterId
  return Number.isSafeInteger(Number(match[1])) ? (match[1] as DeadLetterId) : undefined
}

export const deadLetterLimits = {
  /** One statement's worth of replays: about 0.2 s of locks. */
  batch: 1_000,
  /** Characters of what a list shows of errors and payloads. */
  errorCharacters: 4_000,
  payloadCharacters: 4_000,
  /** What a node keeps of them; the oldest deaths are forgotten first. */
  keptCount: 10_000,
  keptMs: 90 * 86_400_000,
} as const

/** One death: the task, and its version when it was seen dead. */
export interface Death {
  taskId: TaskId
  version: number
}

/** What became of a wish to replay or purge one death. Only `done` changed anything. */
export type DeathVerdict = { id: DeadLetterId } & (
  | { kind: 'done' }
  /** Somebody was earlier, perhaps an earlier try of the same wish. */
  | { kind: 'replayed' | 'purged'; at: number | null; by: string | null }
  /** Dead, but not of this death: it died again, or its row was changed since. */
  | { kind: 'changed' }
  | { kind: 'alive'; status: TaskStatus }
  | { kind: 'unknown' }
  /** Not a thing that can be done to this kind. */
  | { kind: 'refused'; reason: string; next: string }
)

/** The verdict on a death that was not there to be settled, from how its letter stands now. */
export function verdictOf(id: DeadLetterId, now: DeadLetter | undefined): DeathVerdict {
  if (now === undefined) return { id, kind: 'unknown' }
  const { state, status, settledAt: at, settledBy: by } = now
  switch (state) {
    case 'dead':
      return { id, kind: 'changed' }
    case 'replayed':
    case 'purged':
      return { id, kind: state, at, by }
    case 'alive':
      return status === null ? { id, kind: 'unknown' } : { id, kind: 'alive', status }
    default:
      return state satisfies never
  }
}
