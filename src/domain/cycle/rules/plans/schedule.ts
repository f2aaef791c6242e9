import { channelKey } from '../../../channel.ts'
import type { Snapshot, TaskRef } from '../../snapshot.ts'
import type { WindowView } from '../../windows.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'
import { chosen } from './chosen.ts'

const hour = 3_600_000

/** A task that is due later than this was meant for another day, and stays there. */
const horizonMs = 24 * hour

/** Those whose channel's window says another time than they have, each with the time that it says. */
export function schedule(candidates: readonly TaskRef[], snapshot: Snapshot, means: Means): Plan {
  const times = new Map(candidates.map((task) => [task.id, timeFor(task, snapshot)]))
  const movable = candidates.filter(({ id }) => times.get(id) !== undefined)
  const tasks = chosen(movable, means).map(({ id }) => ({ id, at: times.get(id) ?? null }))
  return tasks.length === 0
    ? nothing('what waits is in its window already, or its channel has none')
    : { kind: 'action', action: { action: 'schedule_task', tasks } }
}

/**
 * When a delivery should go: now (null) where its window is open, else when it opens next; undefined: it stays as it is.
 *
 * In an open window what is ready goes by itself, and what is due before it closes is in it. What is due later is brought in,
 * unless somebody meant another day. With a closed window what is ready, or due before it opens, waits for the opening.
 */
export function timeFor(task: TaskRef, snapshot: Snapshot): number | null | undefined {
  const windows = windowsFor(task, snapshot)
  if (windows.length === 0) return undefined
  const { takenAt } = snapshot
  const due = task.status === 'scheduled' && task.scheduledAt !== null ? task.scheduledAt : takenAt
  const open = windows.filter(({ isOpen }) => isOpen)
  if (open.length > 0) {
    const isIn = due <= takenAt || open.some(({ closesAt }) => closesAt === null || due <= closesAt)
    return isIn || due > takenAt + horizonMs ? undefined : null
  }
  const opening = earliest(windows)
  return opening === null || due >= opening ? undefined : opening
}

function earliest(windows: readonly WindowView[]): number | null {
  const openings = windows.flatMap(({ opensAt }) => (opensAt === null ? [] : [opensAt]))
  return openings.length === 0 ? null : Math.min(...openings)
}

function windowsFor({ channel }: TaskRef, { scheduler }: Snapshot): WindowView[] {
  if (channel === null) return []
  const key = channelKey(channel)
  return scheduler.windows.filter((window) => window.channel === key)
}
