import { createIndexedHeap, type Heaped, type IndexedHeap } from './indexed-heap.ts'

/** Who takes part in a contest: one queue's head. Its fields are written by the contest alone. */
export interface Contender extends Heaped {
  /**
   * Its next start, in the contest's virtual time: what it has been charged, divided by its weight. While it waits it is
   * told against its lane's clock; `lagOf` is the one way to read it.
   */
  tag: number
  /** How much of the whole it may have, beside the others. */
  weight: number
  /** The lane its head waits in; undefined: nothing of it waits. */
  lane: string | null | undefined
  /** Ends ties between equals: who began to wait first. */
  since: number
}

export function newContender(): Contender {
  return { tag: 0, weight: 1, lane: undefined, since: 0, heapIndex: -1 }
}

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1997), as it is when many requests are under way at once (Jin, Chase, Kaur
 * 2004): the head that starts first in virtual time is dispatched, the clock goes to that start, and its contender is
 * charged cost ÷ weight. Three things are ours:
 *
 * - A contender that waits already keeps its tag, even behind the clock: that is a refund it has not used yet. Only who
 *   begins to wait is brought up to the clock, so that nobody saves up by being idle.
 * - Heads wait in lanes. A lane that is full is frozen: its heads are passed over, and no virtual time passes for them, so
 *   that they neither keep others waiting nor storm ahead when it opens.
 * - A change of weight keeps what a contender is ahead or behind in units of cost.
 */
export interface Contest<C extends Contender> {
  /** How many have something waiting. */
  size(): number
  /** It had nothing waiting, and now has, in this lane. */
  wait(contender: C, lane: string | null): void
  /** It had something waiting when it came from another contest, and has it still: it keeps its tag. */
  resume(contender: C, lane: string | null): void
  /** It still has something waiting; its head is in this lane now. */
  turnTo(contender: C, lane: string | null): void
  /** Nothing of it waits any more. */
  rest(contender: C): void
  /** Whose head is the next to start, of those in lanes that are not frozen. */
  next(): C | undefined
  /** Its head starts: the clock goes there, and it is charged `cost` units. In `lane` is its next; undefined: nowhere. */
  start(contender: C, cost: number, lane: string | null | undefined): void
  /** Charges (or gives back, when negative) after the fact. */
  charge(contender: C, cost: number): void
  /** How many units of cost it is ahead of the clock; negative: behind. */
  aheadOf(contender: C): number
  /** Its new weight, and how many units of cost it is ahead now. */
  weigh(contender: C, weight: number, ahead: number): void
  freeze(lane: string | null): void
  thaw(lane: string | null): void
  /**
   * Brings the clock back to 0, for all that take part, waiting or not: next to a large clock small steps would be lost
   * to rounding.
   */
  rewind(all: Iterable<C>): void
  clock(): number
}

interface Lane<C extends Contender> {
  heads: IndexedHeap<C>
  /** How much virtual time its heads have been spared. */
  spared: number
  /** The clock when it froze; null: it is open. */
  frozenAt: number | null
}

export function createContest<C extends Contender>(): Contest<C> {
  const lanes = new Map<string | null, Lane<C>>()
  let clock = 0
  let size = 0
  let arrivals = 0

  function laneNamed(name: string | null): Lane<C> {
    let lane = lanes.get(name)
    if (lane === undefined) {
      lane = { heads: createIndexedHeap<C>(winsTie), spared: 0, frozenAt: null }
      lanes.set(name, lane)
    }
    return lane
  }

  /** Virtual time that its head is ahead of the clock. Of a frozen lane this is no sum with the clock, and so exact. */
  function leadOf(contender: C): number {
    if (contender.lane === undefined) return contender.tag - clock
    const lane = laneNamed(contender.lane)
    return contender.tag + lane.spared - (lane.frozenAt ?? clock)
  }

  const tagIn = (lane: Lane<C>, lead: number): number => lead - lane.spared + (lane.frozenAt ?? clock)

  function enter(contender: C, name: string | null, lead: number): void {
    const lane = laneNamed(name)
    contender.tag = tagIn(lane, lead)
    contender.lane = name
    lane.heads.add(contender, contender.tag)
    size += 1
  }

  function rest(contender: C): void {
    if (contender.lane === undefined) return
    const lead = leadOf(contender)
    laneNamed(contender.lane).heads.remove(contender)
    contender.lane = undefined
    contender.tag = clock + lead
    size -= 1
  }

  function turnTo(contender: C, lane: string | null): void {
    if (contender.lane === lane) return
    const lead = leadOf(contender)
    rest(contender)
    enter(contender, lane, lead)
  }

  function charge(contender: C, cost: number): void {
    contender.tag += cost / contender.weight
    if (contender.lane !== undefined) laneNamed(contender.lane).heads.reorder(contender, contender.tag)
  }

  return {
    size: () => size,
    clock: () => clock,
    wait(contender, lane) {
      arrivals += 1
      contender.since = arrivals
      enter(contender, lane, Math.max(0, contender.tag - clock))
    },
    resume(contender, lane) {
      enter(contender, lane, contender.tag - clock)
    },
    turnTo,
    rest,
    next() {
      let [best, bestLead]: [C | undefined, number] = [undefined, 0]
      for (const lane of lanes.values()) {
        const head = lane.frozenAt === null ? lane.heads.first() : undefined
        if (head === undefined) continue
        const lead = head.tag + lane.spared - clock
        if (best !== undefined && (lead > bestLead || (lead === bestLead && !winsTie(head, best)))) continue
        best = head
        bestLead = lead
      }
      return best
    },
    start(contender, cost, lane) {
      clock += Math.max(0, leadOf(contender))
      // Either way its heap is put in order once.
      if (lane === undefined) rest(contender)
      charge(contender, cost)
      if (lane !== undefined) turnTo(contender, lane)
    },
    charge,
    aheadOf: (contender) => leadOf(contender) * contender.weight,
    weigh(contender, weight, ahead) {
      const lead = ahead / weight
      contender.weight = weight
      if (contender.lane === undefined) {
        contender.tag = clock + lead
        return
      }
      const lane = laneNamed(contender.lane)
      contender.tag = tagIn(lane, lead)
      lane.heads.reorder(contender, contender.tag)
    },
    freeze(name) {
      const lane = laneNamed(name)
      lane.frozenAt ??= clock
    },
    thaw(name) {
      const lane = lanes.get(name)
      if (lane === undefined || lane.frozenAt === null) return
      lane.spared += clock - lane.frozenAt
      lane.frozenAt = null
    },
    rewind(all) {
      const before = [...all].map((contender) => ({
        contender,
        lane: contender.lane,
        lead: leadOf(contender),
      }))
      for (const { contender } of before) rest(contender)
      for (const lane of lanes.values()) {
        lane.spared = 0
        if (lane.frozenAt !== null) lane.frozenAt = 0
      }
      clock = 0
      for (const { contender, lane, lead } of before) {
        contender.tag = lead
        if (lane !== undefined) enter(contender, lane, lead)
      }
    },
  }
}

function winsTie(a: Contender, b: Contender): boolean {
  return a.weight > b.weight || (a.weight === b.weight && a.since < b.since)
}
