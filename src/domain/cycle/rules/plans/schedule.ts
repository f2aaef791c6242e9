import { channelKey } from '../../../channel.ts'
import type { TaskId } from '../../../ids.ts'
import type { Snapshot, TaskRef } from '../../snapshot.ts'
import type { WindowView } from '../../windows.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'

const hour = 3_600_000

/** A task that is due later than this was meant for another day, and stays there. */
const horizonMs = 24 * hour

/** What is worse than this is put off by `downgrade_task`; bringing it forward would undo that within the hour. */
const scoreMin = 40

/** Those whose channel's window says another time than they have, each with the time that it says. */
export function schedule(candidates: readonly TaskRef[], snapshot: Snapshot, means: Means): Plan {
  const { windows } = snapshot.scheduler
  const placed: { id: TaskId; at: number | null }[] = []
  const seen = new Set<TaskId>()
  for (const task of candidates) {
    if (placed.length >= means.tasksMax) break
    if (seen.has(task.id) || !means.isFree(task.id)) continue
    seen.add(task.id)
    const at = timeFor(task, windows, snapshot.takenAt)
    if (at !== undefined) placed.push({ id: task.id, at })
  }
  return placed.length === 0
    ? nothing('what waits is in its window already, or its channel has none')
    : { kind: 'action', action: { action: 'schedule_task', tasks: placed } }
}

/**
 * When a delivery should go: now (null) where its window is open, else when it opens next; undefined: it stays as it is.
 *
 * In an open window what is ready goes by itself, and what is due before it closes is in it. What is due later is brought in,
 * unless somebody meant another day, or its score is low. With a closed window what is ready, or due before it opens, waits for the opening.
 */
export function timeFor(
  task: TaskRef,
  windows: readonly WindowView[],
  nowMs: number,
): number | null | undefined {
  const window = windowOf(task, windows)
  if (window === undefined) return undefined
  const due = task.status === 'scheduled' && task.scheduledAt !== null ? task.scheduledAt : nowMs
  const { isOpen, opensAt, closesAt } = window
  if (!isOpen) return opensAt === null || due >= opensAt ? undefined : opensAt
  const isIn = due <= nowMs || closesAt === null || due <= closesAt
  const isLow = task.score !== null && task.score < scoreMin
  return isIn || isLow || due > nowMs + horizonMs ? undefined : null
}

/** All windows of a channel are one here. */
function windowOf({ channel }: TaskRef, windows: readonly WindowView[]): WindowView | undefined {
  if (channel === null) return undefined
  const key = channelKey(channel)
  return windows.find((window) => window.channel === key)
}
