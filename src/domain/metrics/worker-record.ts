import { type ScoreFacts, scoreOf, type Score } from '../score.ts'
import { LastNumbers } from './last-numbers.ts'
import { durationFigures, percentile, type DurationFigures } from './percentiles.ts'

/** One execution of a worker that has ended: an attempt at a task, or a run. */
export interface Execution {
  /** The Jr. */
  name: string
  outcome: 'succeeded' | 'failed'
  /** Null: when it began is not known. It then counts, but is no part of the percentiles. */
  durationMs: number | null
  /** Epoch milliseconds. */
  endedAt: number
}

/** What is told of a worker: its durations, counts and score. Null stands for "nothing has ended yet". */
export interface WorkerFigures {
  durations: DurationFigures | null
  /** Since this node first heard of it. */
  successes: number
  failures: number
  /** Of the last day. */
  restartsOfDay: number
  lastEndedAt: number | null
  score: Score | null
}

/** As it is kept across restarts; plain JSON, some 5 KB when it is full. */
export interface StoredRecord {
  name: string
  durationsMs: number[]
  /** `1` succeeded, `0` failed; the newest last. */
  outcomes: string
  successes: number
  failures: number
  lastEndedAt: number | null
  /** Restarts by the hour since 1970, of the last day. */
  restarts: [hour: number, count: number][]
}

/** Percentiles, success rate and score look at so many. */
export const executionsKept = 1_000
/** The newest successes are compared with the older ones. */
const recentCount = 100
const hourMs = 3_600_000
const hoursKept = 24

/** What a worker's executions amount to: the last 1,000 of them, and counts of all. Memory and cost are bounded. */
export class WorkerRecord {
  readonly name: string
  readonly #durations: LastNumbers
  readonly #outcomes: LastNumbers
  #successes = 0
  #failures = 0
  #failuresInARow = 0
  #lastEndedAt: number | null = null
  #restarts: [hour: number, count: number][] = []
  /** Sorting and counting wait until somebody asks, and are done once for all who ask before the next execution. */
  #reckoned: Reckoned | null = null

  constructor(name: string, stored?: StoredRecord) {
    this.name = name
    this.#durations = new LastNumbers(executionsKept, stored?.durationsMs)
    this.#outcomes = new LastNumbers(executionsKept, Array.from(stored?.outcomes ?? '', Number))
    this.#successes = stored?.successes ?? 0
    this.#failures = stored?.failures ?? 0
    this.#failuresInARow = /0*$/.exec(stored?.outcomes ?? '')?.[0].length ?? 0
    this.#lastEndedAt = stored?.lastEndedAt ?? null
    this.#restarts = stored?.restarts.map(([hour, count]) => [hour, count]) ?? []
  }

  get lastEndedAt(): number | null {
    return this.#lastEndedAt
  }

  add({ outcome, durationMs, endedAt }: Omit<Execution, 'name'>): void {
    const succeeded = outcome === 'succeeded'
    this.#outcomes.add(succeeded ? 1 : 0)
    this.#failuresInARow = succeeded ? 0 : this.#failuresInARow + 1
    this.#reckoned = null
    if (succeeded) this.#successes += 1
    else this.#failures += 1
    if (succeeded && durationMs !== null) this.#durations.add(Math.max(0, Math.round(durationMs)))
    this.#lastEndedAt = Math.max(this.#lastEndedAt ?? endedAt, endedAt)
  }

  /** Its newest executions that all failed; 0 where the last one is more than an hour ago: it deserves another try. */
  failuresInARow(nowMs: number): number {
    const isFresh = this.#lastEndedAt !== null && nowMs - this.#lastEndedAt < hourMs
    return isFresh ? this.#failuresInARow : 0
  }

  addRestarts(count: number, nowMs: number): void {
    const hour = Math.floor(nowMs / hourMs)
    const last = this.#restarts.at(-1)
    if (last?.[0] === hour) last[1] += count
    else this.#restarts = [...this.#restarts, [hour, count] as [number, number]].slice(-hoursKept)
  }

  figures(nowMs: number): WorkerFigures {
    const { durations, facts } = (this.#reckoned ??= this.#reckon())
    const restarts = this.#restartsOfDay(nowMs)
    // Restarts alone say nothing of how its work goes.
    const isUntried = this.#outcomes.count === 0
    return {
      durations,
      successes: this.#successes,
      failures: this.#failures,
      restartsOfDay: restarts,
      lastEndedAt: this.#lastEndedAt,
      score: isUntried ? null : scoreOf({ ...facts, restarts }),
    }
  }

  stored(): StoredRecord {
    return {
      name: this.name,
      durationsMs: [...this.#durations.inOrder()],
      outcomes: [...this.#outcomes.inOrder()].join(''),
      successes: this.#successes,
      failures: this.#failures,
      lastEndedAt: this.#lastEndedAt,
      restarts: this.#restarts.map(([hour, count]) => [hour, count]),
    }
  }

  #restartsOfDay(nowMs: number): number {
    const oldestHour = Math.floor(nowMs / hourMs) - hoursKept
    return this.#restarts.reduce((sum, [hour, count]) => sum + (hour > oldestHour ? count : 0), 0)
  }

  #reckon(): Reckoned {
    const ordered = this.#durations.inOrder()
    const recent = Math.min(recentCount, Math.ceil(ordered.length / 2))
    const split = ordered.length - recent
    const medianOf = (part: Float64Array): number => percentile(part.sort(), 0.5)
    const successes = this.#outcomes.inOrder().reduce((sum, outcome) => sum + outcome, 0)
    return {
      facts: {
        successes,
        failures: this.#outcomes.count - successes,
        recent: { count: recent, medianMs: medianOf(ordered.slice(split)) },
        past: { count: split, medianMs: medianOf(ordered.slice(0, split)) },
      },
      // By number, as typed arrays are sorted. The parts above are copies.
      durations: durationFigures(ordered.sort()),
    }
  }
}

interface Reckoned {
  durations: DurationFigures | null
  facts: Omit<ScoreFacts, 'restarts'>
}
