import { createIndexedHeap, type Heaped, type IndexedHeap } from './indexed-heap.ts'
import { type LaneChoice, lanesIn } from './lane-choice.ts'

/** Contenders with the same choice of lanes. */
export interface ContestLine<C extends Heaped> {
  readonly choice: LaneChoice
  readonly lanes: readonly (string | null)[]
  readonly heads: IndexedHeap<C>
  /** Of its lanes. */
  open: number
  /** How much virtual time its heads have been spared. */
  spared: number
  /** The clock when it froze; null: one of its lanes is open. */
  frozenAt: number | null
}

/** The lines of a contest, and which of their lanes are frozen. A line is frozen while all its lanes are. */
export interface ContestLines<C extends Heaped> {
  all(): Iterable<ContestLine<C>>
  /** The line of one that waits in it. */
  of(choice: LaneChoice): ContestLine<C>
  /** The line for one who wants to wait so; of fewer lanes, when there are too many lines already: see `linesMax`. */
  enter(choice: LaneChoice, clock: number): ContestLine<C>
  freeze(lane: string | null, clock: number): void
  thaw(lane: string | null, clock: number): void
  /** Nobody waits. */
  clear(): void
}

/**
 * Every turn looks at every line, and a lane that fills or opens at all that have it, so their number is bounded: it is enough
 * for all choices there can be among 6 lanes. With more lanes who has yet another choice waits for one of its lanes alone, an open
 * one if there is any, until something of it changes.
 */
const linesMax = 64

export function createContestLines<C extends Heaped>(winsTie: (a: C, b: C) => boolean): ContestLines<C> {
  const lines = new Map<LaneChoice, ContestLine<C>>()
  const linesWith = new Map<string | null, Set<ContestLine<C>>>()
  const frozen = new Set<string | null>()

  function create(choice: LaneChoice, clock: number): ContestLine<C> {
    const lanes = lanesIn(choice)
    const open = lanes.filter((lane) => !frozen.has(lane)).length
    const heads = createIndexedHeap<C>(winsTie)
    const line = { choice, lanes, heads, open, spared: 0, frozenAt: open === 0 ? clock : null }
    lines.set(choice, line)
    for (const lane of lanes) linesWith.set(lane, (linesWith.get(lane) ?? new Set()).add(line))
    return line
  }

  function removeEmpty(): void {
    for (const [choice, line] of lines) {
      if (line.heads.size() > 0) continue
      lines.delete(choice)
      for (const lane of line.lanes) linesWith.get(lane)?.delete(line)
    }
  }

  function enter(choice: LaneChoice, clock: number): ContestLine<C> {
    const known = lines.get(choice)
    if (known !== undefined) return known
    if (lines.size >= linesMax) removeEmpty()
    const lanes = lanesIn(choice)
    if (lines.size < linesMax || lanes.length === 1) return create(choice, clock)
    return enter(lanes.find((lane) => !frozen.has(lane)) ?? (lanes[0] as string), clock)
  }

  return {
    all: () => lines.values(),
    of: (choice) => lines.get(choice) as ContestLine<C>,
    enter,
    freeze(lane, clock) {
      if (frozen.has(lane)) return
      frozen.add(lane)
      for (const line of linesWith.get(lane) ?? []) {
        line.open -= 1
        if (line.open === 0) line.frozenAt = clock
      }
    },
    thaw(lane, clock) {
      if (!frozen.delete(lane)) return
      for (const line of linesWith.get(lane) ?? []) {
        line.open += 1
        if (line.frozenAt === null) continue
        line.spared += clock - line.frozenAt
        line.frozenAt = null
      }
    },
    clear() {
      lines.clear()
      linesWith.clear()
    },
  }
}
