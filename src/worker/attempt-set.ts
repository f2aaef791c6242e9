import type { Fence, TaskId } from '../domain/ids.ts'
import type { Lease } from '../domain/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { LostLease } from '../ports/task-queue.ts'
import type { AttemptReport, RunningAttempt } from './attempt.ts'

/** The attempts at work. */
export interface AttemptSet {
  readonly size: number
  taskIds(): TaskId[]
  leases(): Lease[]
  hasTask(id: TaskId): boolean
  /** Holds the attempt until it is done, then lets go of it and reports. */
  add(attempt: RunningAttempt, onDone: (report: AttemptReport) => void): void
  lose(lost: LostLease): void
  giveBackAll(reason: string, graceMs: number): void
  /** Settles when all that are here now are done, or after `limitMs`, or when `hurry` is aborted. */
  settled(limitMs: number, clock: Clock, hurry: AbortSignal): Promise<void>
  /** Settles when all that are here now are done. */
  allDone(): Promise<void>
}

export function createAttemptSet(): AttemptSet {
  // By fence: a task that was taken from us may come back as a new attempt while the old one's command is being ended.
  const attempts = new Map<Fence, RunningAttempt>()

  const allDone = async (): Promise<void> => {
    await Promise.all([...attempts.values()].map((attempt) => attempt.done))
  }

  return {
    get size() {
      return attempts.size
    },
    taskIds: () => [...attempts.values()].map((attempt) => attempt.claimed.task.id),
    leases: () => [...attempts.values()].map((attempt) => attempt.claimed.lease),
    hasTask: (id) => [...attempts.values()].some((attempt) => attempt.claimed.task.id === id),
    add(attempt, onDone) {
      const { fence } = attempt.claimed.lease
      attempts.set(fence, attempt)
      void attempt.done.then((report) => {
        attempts.delete(fence)
        onDone(report)
      })
    },
    lose: ({ lease, reason }) => attempts.get(lease.fence)?.lose(reason),
    giveBackAll(reason, graceMs) {
      for (const attempt of attempts.values()) attempt.giveBack(reason, graceMs)
    },
    async settled(limitMs, clock, hurry) {
      const wait = new AbortController()
      const limit = clock.sleep(limitMs, AbortSignal.any([wait.signal, hurry])).catch(() => {})
      await Promise.race([allDone(), limit])
      wait.abort()
      await limit
    },
    allDone,
  }
}
