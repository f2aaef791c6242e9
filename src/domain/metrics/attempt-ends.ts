import type { TaskId } from '../ids.ts'
import type { Json, TaskStatus } from '../task.ts'
import type { Execution } from './worker-record.ts'

/** The part of a task's event that tells of attempts. */
export interface AttemptNews {
  taskId: TaskId
  version: number
  /** Epoch milliseconds by the database's clock. */
  at: number
  kind: 'inserted' | 'updated' | 'deleted'
  from: TaskStatus | null
  to: TaskStatus | null
  jrName: string | null
  changes: { [column: string]: Json }
}

/** Tasks at work whose claim is remembered; beyond, the oldest claim is forgotten, and its execution has no duration. */
const claimsKept = 10_000
/** Tasks whose newest version is remembered. Events come twice within moments, if at all: gaps of the feed are read again. */
const versionsKept = 10_000

/**
 * Finds the ends of attempts in the queue's events, each once however often its event is read. An attempt lasts from the event
 * of its claim to that of its end, both stamped by the database.
 *
 * The events are the whole queue's, so the attempts are those of a Jr on whatever node it works: how well a Jr does is one
 * figure for the fleet, and every node that reads the events has the same.
 */
export class AttemptEnds {
  readonly #claims = new Map<TaskId, { at: number; jrName: string | null }>()
  readonly #versions = new Map<TaskId, number>()
  readonly #countedUpToMs: number
  #newestMs: number

  /** @param countedUpToMs what happened up to then was counted already: the queue began anew, and its events are read again */
  constructor(countedUpToMs = 0) {
    this.#countedUpToMs = countedUpToMs
    this.#newestMs = countedUpToMs
  }

  /** Epoch milliseconds of the newest event. */
  get newestMs(): number {
    return this.#newestMs
  }

  /** The execution that this event ends, if it ends one. */
  note(news: AttemptNews): Execution | null {
    const { taskId, version, at, kind, from, to } = news
    if (version <= (this.#versions.get(taskId) ?? 0)) return null
    keepNewest(this.#versions, taskId, version, versionsKept)
    this.#newestMs = Math.max(this.#newestMs, at)
    const claim = this.#claims.get(taskId)
    if (to === 'in_progress') {
      const isClaim = from !== 'in_progress' || 'started_at' in news.changes
      if (isClaim) keepNewest(this.#claims, taskId, { at, jrName: news.jrName }, claimsKept)
      return null
    }
    this.#claims.delete(taskId)
    if (kind !== 'updated' || from !== 'in_progress' || at <= this.#countedUpToMs) return null
    const outcome = outcomeOf(news)
    // What nobody was named for loses its name again when its attempt fails: the claim told who worked on it.
    const name = claim?.jrName ?? news.jrName
    if (outcome === null || name === null) return null
    return { name, outcome, durationMs: claim === undefined ? null : at - claim.at, endedAt: at }
  }
}

function keepNewest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  // Set anew, it is the youngest.
  map.delete(key)
  map.set(key, value)
  if (map.size <= max) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

/** Null: it was neither done nor failed, but cancelled, or given back unharmed. */
function outcomeOf({ to, changes }: AttemptNews): Execution['outcome'] | null {
  if (to === 'completed') return 'succeeded'
  if (to === 'failed' || to === 'retry') return 'failed'
  if (to !== 'pending' && to !== 'assigned') return null
  // A release takes the attempt back; a lease that expired, or a worker that died, does not, and leaves its error.
  const isRelease = 'attempts' in changes && (changes['error'] ?? null) === null
  return isRelease ? null : 'failed'
}
