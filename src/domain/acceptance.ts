import type { Task } from './task.ts'

/**
 * What a Jr states of the tasks it accepts. Both parts must hold; a part that is null holds for every task.
 * The description is no part of it: it may be large, and every unassigned task is looked at.
 */
export interface Acceptance {
  /** One of these tags at least. */
  tags: readonly string[] | null
  /** A CEL expression over the task's columns, such as `priority <= 3 && 'code' in tags`. */
  when: string | null
}

/** A task as far as an acceptance may look at it. */
export type OfferedTask = Pick<
  Task,
  | 'id'
  | 'title'
  | 'source'
  | 'createdBy'
  | 'priority'
  | 'sacredFirePriority'
  | 'urgent'
  | 'attempts'
  | 'channel'
  | 'score'
  | 'campaignId'
  | 'tags'
>

/** Whether one of the tags that are asked for is there. */
export function acceptsTags(acceptance: Acceptance, task: OfferedTask): boolean {
  return acceptance.tags === null || acceptance.tags.some((tag) => task.tags.includes(tag))
}
