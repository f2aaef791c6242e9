import type { TaskId } from '../domain/ids.ts'

/** Who uses capacity: a task in progress, or all who show no key together. */
export type CapacityHolder = TaskId | 'untracked'

export interface CapacityWish {
  holder: CapacityHolder
  /** What it will probably cost, units (≥ 0). */
  amount: number
  /** The upstream of which it needs a place as well; null: of none. */
  lane: string | null
  /** Refused when it has waited for so long; 0: now or never. A task that was not seen yet is looked for first, briefly. */
  maxWaitMs: number
}

/**
 * Capacity, divided among the tasks in progress by their positions (spec §5). One process has one, in its memory; asking
 * is synchronous, so that no request waits for a cycle or a disk.
 */
export interface Capacity {
  /**
   * Asks. `answered` is called exactly once, perhaps before this returns, and never after `cancel`.
   * @returns what takes the wish back
   */
  ask(wish: CapacityWish, answered: (answer: CapacityAnswer) => void): AskedCapacity
}

export interface AskedCapacity {
  /** Nobody waits for the answer any more; after the answer it does nothing. */
  cancel(): void
}

export type CapacityAnswer =
  | { granted: true; grant: CapacityGrant }
  | { granted: false; reason: CapacityRefusal; retryAfterMs: number; position: number | null }

/**
 * not_in_progress: its task is not on this node, or no longer. too_late: `maxWaitMs` went by. too_many: as
 * many wait as may (of this holder, or in all). stopping: the daemon is.
 */
export const capacityRefusals = ['not_in_progress', 'too_late', 'too_many', 'stopping'] as const
export type CapacityRefusal = (typeof capacityRefusals)[number]

/** Capacity that is reserved. Settled exactly once; what comes after the first time does nothing. */
export interface CapacityGrant {
  readonly id: string
  readonly holder: CapacityHolder
  /** From 1; null for the untracked. */
  readonly position: number | null
  /** Part of the whole, 0–1, that its position has. */
  readonly share: number
  readonly waitedMs: number
  /** Units. */
  readonly amount: number
  /** Units; it is never charged more, whatever is said of what was used. */
  readonly costMax: number
  /** `used` units (≥ 0) take the place of the estimate; its place in the lane is free. */
  settle(used: number): void
  /** Nothing was used. */
  refund(): void
  /** Its place (among those in flight, and in its lane) is free, though it is settled later, or never. */
  release(): void
}
