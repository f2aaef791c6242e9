import type {
  DeadLetter,
  DeadLetterId,
  DeadLetterKind,
  DeadLetterState,
  Death,
  DeathVerdict,
} from '../domain/dead-letter.ts'
import type { JrName, TaskId } from '../domain/ids.ts'

/**
 * The dead tasks of the queue, the truth for all nodes. Every method may throw OperationalError `db.*`.
 *
 * A replay or purge names deaths, not tasks: asked twice, by two, or after a crash half-way, each death is settled once.
 */
export interface DeadLetters {
  /** Dead tasks that match, highest id first; `before` pages on. */
  list(filter: DeadTaskFilter): Promise<DeadLetter[]>
  /** At most 1,000 tasks as they stand, dead or not; those that nobody knows are left out. */
  look(ids: readonly TaskId[]): Promise<DeadLetter[]>
  /** At most 1,000 deaths: those tasks are made ready again from their first attempt. A verdict each, in the order given. */
  replay(deaths: readonly Death[], by: string): Promise<DeathVerdict[]>
  /** At most 1,000 deaths: those tasks and their attempts are deleted. A verdict each, in the order given. */
  purge(deaths: readonly Death[], by: string): Promise<DeathVerdict[]>
}

export interface DeadTaskFilter {
  jrName?: JrName
  /** Case-insensitive part of title or error. */
  search?: string
  /** Died at or after; epoch milliseconds. */
  since?: number
  /** Only ids below this one. */
  before?: TaskId
  /** 1–1000. */
  limit: number
}

/**
 * This node's copy of the dead letters, and the only place of those that are its own (runs, workers). Bounded: see `prune`.
 * Every method may throw OperationalError `state.*`.
 */
export interface DeadLetterBook {
  /** Keeps task letters that are newer than what the book has of their tasks; keeping the same twice changes nothing. */
  keep(letters: readonly DeadLetter[]): void
  /** Adds one of this node's own and names it. */
  add(letter: OwnDeadLetter): DeadLetter
  get(id: DeadLetterId): DeadLetter | undefined
  /** Latest death first. */
  list(filter: BookFilter): DeadLetter[]
  /** How many are dead, of all kinds. */
  countDead(): number
  /** Marks dead ones of this node's own; answers those it marked. */
  settle(ids: readonly DeadLetterId[], state: 'replayed' | 'purged', at: number, by: string): DeadLetterId[]
  /** Forgets what died before `deadLetterLimits.keptMs` ago, and the oldest beyond `keptCount`. Answers how many. */
  prune(nowMs: number): number
  /** Forgets the queue's own: they were of another queue, whose tasks had the same ids. Answers how many. */
  forgetTasks(): number
}

export type OwnDeadLetter = Omit<
  DeadLetter,
  'id' | 'kind' | 'state' | 'taskId' | 'status' | 'version' | 'settledAt' | 'settledBy'
> & { kind: 'run' | 'worker'; diedAt: number }

export interface BookFilter {
  kinds?: readonly DeadLetterKind[]
  states?: readonly DeadLetterState[]
  jrName?: JrName
  /** Case-insensitive part of title or error. */
  search?: string
  /** Died at or after; epoch milliseconds. */
  since?: number
  limit: number
}
