import type { InstanceId } from '../../domain/ids.ts'
import { type ScheduleView, type WorkerState, workerStates } from '../../domain/worker.ts'
import { isStoredBreaker, type StoredBreaker } from './run-breaker.ts'
import type { ProcessIdentity } from '../../ports/process-host.ts'

/** A run that is wanted. Times are epoch milliseconds. */
export interface Ticket {
  /** Counts the runs of this node. */
  number: number
  /** The time it is for; null: somebody asked for it. Never two tickets of one worker for one time. */
  due: number | null
  /** Who wants it: `schedule`, or who asked. */
  by: string
  /** When it was due or asked for. */
  since: number
  /** It may not begin before; later than `since` between two tries. */
  readyAt: number
  /** Tries that have ended. */
  attempts: number
  /** How the latest of them did; null before the first. */
  error: string | null
}

/** A try that has begun, or is about to: written down before its process is there. */
export interface StoredRun {
  /** Random for each try; the mark by which the next daemon finds its process. */
  id: InstanceId
  /** From 1 to `max_concurrent`: which log file it writes. */
  slot: number
  ticket: Ticket
  startedAt: number
  /** `startedAt` on the machine's monotonic clock, which nobody sets. */
  startedMonoMs: number
  /** Null: not started, as far as is known. */
  identity: ProcessIdentity | null
}

export type LastRun = NonNullable<ScheduleView['lastRun']>

/**
 * What must outlive the daemon of one scheduled worker. One document, written as a whole: a time that passed, its ticket and
 * the try that it became are never seen half, so that a crash neither loses a run nor makes two of one.
 */
export interface ScheduleRecord {
  /** What `seenMs` is about; another schedule begins anew. */
  schedule: string
  /** The latest time that is dealt with. */
  seenMs: number
  paused: boolean
  /** Between two runs; its last run's. */
  state: WorkerState
  reason: string
  /** Tries that came after a failed one. */
  retried: number
  waiting: Ticket[]
  running: StoredRun[]
  lastRun: LastRun | null
  /** Null: closed, with nothing counted. */
  breaker: StoredBreaker | null
}

export function freshRecord(schedule: string, nowMs: number): ScheduleRecord {
  return {
    schedule,
    seenMs: nowMs,
    paused: false,
    state: 'stopped',
    reason: 'waits for its first time',
    retried: 0,
    waiting: [],
    running: [],
    lastRun: null,
    breaker: null,
  }
}

/**
 * As an earlier daemon left it; undefined when there is none, or none of the right form (it may come out of a damaged file). A
 * process is proven before it is acted upon.
 */
export function parseRecord(stored: unknown): ScheduleRecord | undefined {
  if (!isObject(stored)) return undefined
  const { schedule, seenMs, paused, state, reason, retried, waiting, running, lastRun, breaker } = stored
  const isWhole =
    typeof schedule === 'string' &&
    typeof reason === 'string' &&
    typeof paused === 'boolean' &&
    [seenMs, retried].every(Number.isFinite) &&
    workerStates.some((known) => known === state) &&
    Array.isArray(waiting) &&
    waiting.every(isTicket) &&
    Array.isArray(running) &&
    running.every(isStoredRun) &&
    (lastRun === null || isObject(lastRun)) &&
    (breaker === null || isStoredBreaker(breaker))
  return isWhole ? (stored as unknown as ScheduleRecord) : undefined
}

function isTicket(value: unknown): boolean {
  if (!isObject(value)) return false
  const { number, due, by, since, readyAt, attempts } = value
  return (
    [number, since, readyAt, attempts].every(Number.isFinite) &&
    (due === null || Number.isFinite(due)) &&
    typeof by === 'string'
  )
}

function isStoredRun(value: unknown): boolean {
  if (!isObject(value)) return false
  const { id, slot, ticket, startedAt, startedMonoMs, identity } = value
  return (
    typeof id === 'string' &&
    [slot, startedAt, startedMonoMs].every(Number.isFinite) &&
    isTicket(ticket) &&
    (identity === null || isObject(identity))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
