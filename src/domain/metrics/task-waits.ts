import type { TaskId } from '../ids.ts'
import type { TaskStatus } from '../task.ts'
import type { AttemptNews } from './attempt-ends.ts'

/** Ready tasks whose time is remembered; beyond, those that come are not: the ones that wait longest are claimed first. */
const readyKept = 10_000

const ready: ReadonlySet<TaskStatus> = new Set(['pending', 'assigned'])

/** A task was claimed, after so long. Epoch milliseconds by the database's clock. */
export interface TaskStart {
  at: number
  waitedMs: number
}

/** Finds in the queue's events how long tasks lay ready before somebody claimed them. Of a task that was ready earlier nothing is known. */
export class TaskWaits {
  readonly #readyAt = new Map<TaskId, number>()

  /** The start that this event tells of. An event that is read again tells of the same one, or of none. */
  note({ taskId, at, from, to }: AttemptNews): TaskStart | null {
    const isReady = to !== null && ready.has(to)
    const wasReady = from !== null && ready.has(from)
    if (isReady) {
      // To be assigned, or to another Jr, is to wait on.
      if (!wasReady && this.#readyAt.size < readyKept) this.#readyAt.set(taskId, at)
      return null
    }
    const readyAt = this.#readyAt.get(taskId)
    this.#readyAt.delete(taskId)
    if (to !== 'in_progress' || readyAt === undefined) return null
    return { at, waitedMs: Math.max(0, at - readyAt) }
  }
}
