import type { QueueCounts } from '../ports/task-queue.ts'
import type { TaskStatus } from '../domain/task.ts'
import { finishedStatuses, taskStatuses } from '../domain/task.ts'

/** How many tasks were finished since a daemon began, and how many are still to do. */
export interface RunSummary {
  completed: number
  failed: number
  cancelled: number
  remaining: number
  elapsedMs: number
}

/** Tasks that still want something: whatever is not finished, retries and scheduled ones included. */
export function remainingTasks(counts: QueueCounts): number {
  const finished = new Set<TaskStatus>(finishedStatuses)
  return taskStatuses
    .filter((status) => !finished.has(status))
    .reduce((sum, status) => sum + counts.byStatus[status], 0)
}

/** What changed between two counts of the queue. */
export function summarize(before: QueueCounts, after: QueueCounts, elapsedMs: number): RunSummary {
  const gained = (status: TaskStatus) => Math.max(0, after.byStatus[status] - before.byStatus[status])
  return {
    completed: gained('completed'),
    failed: gained('failed'),
    cancelled: gained('cancelled'),
    remaining: remainingTasks(after),
    elapsedMs,
  }
}
