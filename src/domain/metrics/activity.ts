import { largest, RecentBuckets, sum } from './recent-buckets.ts'
import type { TaskStart } from './task-waits.ts'
import type { Execution } from './worker-record.ts'

/** Short enough to see at once that something goes on, long enough that half an hour of it is small. */
const bucketMs = 15_000
const bucketsKept = 120

/** What the fleet got done lately, by buckets of time: for curves. The last bucket is that of now, still open. */
export interface ActivityView {
  /** Epoch milliseconds: counted from then on, but no further back than half an hour. */
  since: number
  bucketMs: number
  /** When the last bucket began, epoch milliseconds. */
  openedAt: number
  /** Attempts at tasks that succeeded in each bucket, oldest first. */
  done: number[]
  /** Those that failed. */
  failed: number[]
  /** How long the task that had waited longest had been ready, of those that were started in it; null: none was. */
  waitMs: (number | null)[]
}

/**
 * The series behind the curves of throughput and of waiting. Times are the events', by the database's clock: what happened while
 * the queue was away counts where it belongs. A clock ahead of ours puts what it stamps into the bucket of now.
 */
export class Activity {
  readonly #sinceMs: number
  readonly #done = new RecentBuckets(bucketMs, bucketsKept, sum)
  readonly #failed = new RecentBuckets(bucketMs, bucketsKept, sum)
  readonly #waits = new RecentBuckets(bucketMs, bucketsKept, largest)

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs
  }

  ended({ outcome, endedAt }: Pick<Execution, 'outcome' | 'endedAt'>, nowMs: number): void {
    const series = outcome === 'succeeded' ? this.#done : this.#failed
    series.note(Math.min(endedAt, nowMs), 1)
  }

  started({ at, waitedMs }: TaskStart, nowMs: number): void {
    this.#waits.note(Math.min(at, nowMs), waitedMs)
  }

  view(nowMs: number): ActivityView {
    const counts = (series: RecentBuckets) => series.read(this.#sinceMs, nowMs).map((value) => value ?? 0)
    return {
      since: this.#sinceMs,
      bucketMs,
      openedAt: Math.floor(nowMs / bucketMs) * bucketMs,
      done: counts(this.#done),
      failed: counts(this.#failed),
      waitMs: this.#waits.read(this.#sinceMs, nowMs),
    }
  }
}
