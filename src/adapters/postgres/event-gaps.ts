import type { EventCursor } from '../../ports/task-queue.ts'

type Gap = EventCursor['gaps'][number]

/** A gap is one id, or a run of ids up to `through`. */
export const endOfGap = (gap: Gap): number => gap.through ?? gap.id

/**
 * What is left of the gaps after a look into them.
 * @param seen ids of events found in gaps, ascending
 * @param knownTo the look was complete up to this id
 * @param isSettled every transaction that may still fill the gap has ended
 */
export function remainingGaps(
  gaps: readonly Gap[],
  seen: readonly number[],
  knownTo: number,
  isSettled: (gap: Gap) => boolean,
): Gap[] {
  return gaps.flatMap((gap) => {
    const last = endOfGap(gap)
    const inside = seen.filter((id) => id >= gap.id && id <= last)
    const holes = runsBetween(gap.id, last, inside)
    const kept = isSettled(gap) ? holes.flatMap((hole) => after(hole, knownTo)) : holes
    return kept.map((hole) => asGap(hole, gap.seenBeforeXid))
  })
}

/** The gaps that a look at new events reveals: ids between `after` and the last seen that were not seen. */
export function newGaps(afterId: number, seen: readonly number[], seenBeforeXid: string): Gap[] {
  const last = seen.at(-1)
  if (last === undefined) return []
  return runsBetween(afterId + 1, last, seen).map((run) => asGap(run, seenBeforeXid))
}

interface Run {
  first: number
  last: number
}

function asGap({ first, last }: Run, seenBeforeXid: string): Gap {
  return first === last ? { id: first, seenBeforeXid } : { id: first, through: last, seenBeforeXid }
}

/** The part of a run that was not looked at. */
function after(run: Run, knownTo: number): Run[] {
  return run.last <= knownTo ? [] : [{ first: Math.max(run.first, knownTo + 1), last: run.last }]
}

/** The runs of ids from `first` to `last` that are not among `seen` (ascending, within that range). */
function runsBetween(first: number, last: number, seen: readonly number[]): Run[] {
  const runs: Run[] = []
  let next = first
  for (const id of [...seen, last + 1]) {
    if (id > next) runs.push({ first: next, last: id - 1 })
    next = id + 1
  }
  return runs
}

/** No more than `max` gaps: of too many the oldest are joined into one, with what lies between them. */
export function bounded(gaps: readonly Gap[], max: number): Gap[] {
  const joined = gaps.slice(0, Math.max(0, gaps.length - max + 1))
  const [first] = joined
  if (gaps.length <= max || first === undefined) return [...gaps]
  const last = Math.max(...joined.map(endOfGap))
  const seenBeforeXid = joined
    .map((gap) => BigInt(gap.seenBeforeXid))
    .reduce((one, other) => (one > other ? one : other))
  return [asGap({ first: first.id, last }, String(seenBeforeXid)), ...gaps.slice(joined.length)]
}
