import type { NodeId, TaskId } from '../domain/ids.ts'
import type { Led } from './cluster-duties.ts'
import type { Mandate } from './leadership.ts'

/**
 * The channels of strict windows, kept where every claim looks. The leader writes each span ahead, and it holds by the database's
 * clock: while nobody leads, windows close and open at their times all the same, once. Writes prove the mandate.
 */
export interface ChannelClosures {
  /** The database's clock, by which spans are written and judged; epoch milliseconds. */
  now(): Promise<number>
  /**
   * Tasks that were put off to an opening which these closures have no longer: they wait for the new one, or are due now. To be
   * called before `declare`, until it answers fewer than `limit`.
   */
  carryAlong(mandate: Mandate, closures: readonly ChannelClosure[], limit: number): Promise<Led<TaskId[]>>
  /** Puts these in the place of whatever stands there. */
  declare(mandate: Mandate, closures: readonly ChannelClosure[]): Promise<Led<void>>
  /**
   * While nobody leads: closes those of these channels of which nothing holds now. For the time before a fleet's first leader;
   * whoever leads has the last word.
   */
  declareBeforeReign(closures: readonly ChannelClosure[]): Promise<void>
  /**
   * Ready tasks of channels that are closed now wait until these open: no claim has to pass over them. Answers those it put off;
   * at most `limit` a call.
   */
  putOff(mandate: Mandate, limit: number): Promise<Led<TaskId[]>>
}

/** No task of the channel is claimed from a moment on, until before another; epoch milliseconds. */
export interface ChannelClosure {
  /** A `channelKey`. */
  channel: string
  fromMs: number
  untilMs: number
}

/** Who puts tasks off, in the queue's events. */
export function windowsActor(nodeId: NodeId): string {
  return `windows:${nodeId}`
}
