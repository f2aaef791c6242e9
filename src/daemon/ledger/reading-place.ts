import type { EventCursor } from '../../ports/task-queue.ts'

/** How far this node has copied the events, and of which queue; as it is kept in the local state. */
export interface ReadingPlace extends EventCursor {
  /** Absent in what versions wrote that did not know it: then it is taken for the queue that is found. */
  queue?: string
  /** How often a queue, by its label, was found set back: then it counts its versions anew, from where it was set back to. */
  setBack?: { [label: string]: number }
}

/** Why the copying begins anew. */
export type QueueChange =
  | { kind: 'another'; from: string | null; to: string }
  | { kind: 'set back'; to: string; readUpTo: number; newest: number }

/**
 * Where to read on in the queue that is there. Another queue has other events under the same ids; one that was restored from
 * a backup, or lost its last commits in a failover, gives ids anew that were read already. Either is read from its first event.
 */
export function placeIn(
  stored: ReadingPlace | undefined,
  { id, newestEventId }: { id: string; newestEventId: number | null },
): { place: ReadingPlace & { queue: string }; change: QueueChange | null } {
  if (stored === undefined) return { place: { id: 0, gaps: [], queue: id }, change: null }
  const isSame = stored.queue === undefined || stored.queue === id
  // Without any event left nothing says that it was set back: old ones are pruned.
  const isSetBack = isSame && newestEventId !== null && newestEventId < stored.id
  if (isSame && !isSetBack) return { place: { ...stored, queue: id }, change: null }
  const setBack = isSetBack
    ? { ...stored.setBack, [shortOf(id)]: (stored.setBack?.[shortOf(id)] ?? 0) + 1 }
    : stored.setBack
  const place = { id: 0, gaps: [], queue: id, ...(setBack === undefined ? {} : { setBack }) }
  const to = labelOf(place)
  if (isSetBack)
    return { place, change: { kind: 'set back', to, readUpTo: stored.id, newest: newestEventId } }
  const from = stored.queue === undefined ? null : labelOf({ ...stored, queue: stored.queue })
  return { place, change: { kind: 'another', from, to } }
}

/**
 * The name under which the ledger keeps a queue's events: the beginning of its id, and how often it was set back. A version
 * of a task names one change within it.
 */
export function labelOf({ queue, setBack }: { queue: string; setBack?: ReadingPlace['setBack'] }): string {
  const times = setBack?.[shortOf(queue)] ?? 0
  return times === 0 ? shortOf(queue) : `${shortOf(queue)}.${times}`
}

const shortOf = (id: string): string => id.slice(0, 8)
