import type { TaskId } from '../domain/ids.ts'
import type { Sighting } from '../domain/why/standing.ts'

/** Looks at the queue for somebody who wants to know why. Reads only, holds no lock, and never waits long. */
export interface QueueInsight {
  /**
   * What is known of a task's place in the world.
   * @throws OperationalError as every method of the queue
   */
  sight(id: TaskId): Promise<Sighting>
}

/** By which ages are judged. */
export interface InsightLimits {
  /** A Jr not seen for so long is offline. */
  offlineAfterMs: number
  /** A task at work without a lease and without news for so long is stuck. */
  stuckAfterMs: number
}
