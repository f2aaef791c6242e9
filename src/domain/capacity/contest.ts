import { type ContestLine, createContestLines } from './contest-lines.ts'
import type { Heaped } from './indexed-heap.ts'
import type { LaneChoice } from './lane-choice.ts'

/** Who takes part in a contest: one queue's head. Its fields are written by the contest alone. */
export interface Contender extends Heaped {
  /**
   * Its next start, in the contest's virtual time: what it has been charged, divided by its weight. While it waits it is
   * told against its line's clock; `lagOf` is the one way to read it.
   */
  tag: number
  /** How much of the whole it may have, beside the others. */
  weight: number
  /** The lanes it has something waiting in; undefined: nothing of it waits. */
  choice: LaneChoice | undefined
  /** Ends ties between equals: who began to wait first. */
  since: number
}

export function newContender(): Contender {
  return { tag: 0, weight: 1, choice: undefined, since: 0, heapIndex: -1 }
}

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1997), as it is when many requests are under way at once (Jin, Chase, Kaur
 * 2004): the head that starts first in virtual time is dispatched, the clock goes to that start, and its contender is
 * charged cost ÷ weight. Three things are ours:
 *
 * - A contender that waits already keeps its tag, even behind the clock: that is a refund it has not used yet. Only who
 *   begins to wait is brought up to the clock, so that nobody saves up by being idle.
 * - Who waits for places waits in a line with all who have the same choice of lanes. A line is frozen while all its lanes
 *   are: its heads are passed over, and no virtual time passes for them, so that they neither keep others waiting nor storm
 *   ahead when one opens.
 * - A change of weight keeps what a contender is ahead or behind in units of cost.
 */
export interface Contest<C extends Contender> {
  /** How many have something waiting. */
  size(): number
  /** It had nothing waiting, and now has, in these lanes. */
  wait(contender: C, choice: LaneChoice): void
  /** It had something waiting when it came from another contest, and has it still: it keeps its tag. */
  resume(contender: C, choice: LaneChoice): void
  /** It still has something waiting; it is in these lanes now. */
  turnTo(contender: C, choice: LaneChoice): void
  /** Nothing of it waits any more. */
  rest(contender: C): void
  /** Whose head is the next to start, of those who wait in a lane that is not frozen. */
  next(): C | undefined
  /** Its head starts: the clock goes there, and it is charged `cost` units. `choice`: where more of it waits. */
  start(contender: C, cost: number, choice: LaneChoice | undefined): void
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

export function createContest<C extends Contender>(): Contest<C> {
  const lines = createContestLines<C>(winsTie)
  let clock = 0
  let size = 0
  let arrivals = 0

  /** Virtual time that its head is ahead of the clock. In a frozen line this is no sum with the clock, and so exact. */
  function leadOf(contender: C): number {
    if (contender.choice === undefined) return contender.tag - clock
    const line = lines.of(contender.choice)
    return contender.tag + line.spared - (line.frozenAt ?? clock)
  }

  const tagIn = (line: ContestLine<C>, lead: number): number => lead - line.spared + (line.frozenAt ?? clock)

  function enter(contender: C, choice: LaneChoice, lead: number): void {
    const line = lines.enter(choice, clock)
    contender.tag = tagIn(line, lead)
    contender.choice = line.choice
    line.heads.add(contender, contender.tag)
    size += 1
  }

  function rest(contender: C): void {
    if (contender.choice === undefined) return
    const lead = leadOf(contender)
    lines.of(contender.choice).heads.remove(contender)
    contender.choice = undefined
    contender.tag = clock + lead
    size -= 1
  }

  function turnTo(contender: C, choice: LaneChoice): void {
    if (contender.choice === choice) return
    const lead = leadOf(contender)
    rest(contender)
    enter(contender, choice, lead)
  }

  function charge(contender: C, cost: number): void {
    contender.tag += cost / contender.weight
    if (contender.choice !== undefined) lines.of(contender.choice).heads.reorder(contender, contender.tag)
  }

  return {
    size: () => size,
    clock: () => clock,
    wait(contender, choice) {
      arrivals += 1
      contender.since = arrivals
      enter(contender, choice, Math.max(0, contender.tag - clock))
    },
    resume(contender, choice) {
      enter(contender, choice, contender.tag - clock)
    },
    turnTo,
    rest,
    next() {
      let [best, bestLead]: [C | undefined, number] = [undefined, 0]
      for (const line of lines.all()) {
        const head = line.frozenAt === null ? line.heads.first() : undefined
        if (head === undefined) continue
        const lead = head.tag + line.spared - clock
        if (best !== undefined && (lead > bestLead || (lead === bestLead && !winsTie(head, best)))) continue
        best = head
        bestLead = lead
      }
      return best
    },
    start(contender, cost, choice) {
      clock += Math.max(0, leadOf(contender))
      // Either way its heap is put in order once.
      if (choice === undefined) rest(contender)
      charge(contender, cost)
      if (choice !== undefined) turnTo(contender, choice)
    },
    charge,
    aheadOf: (contender) => leadOf(contender) * contender.weight,
    weigh(contender, weight, ahead) {
      const lead = ahead / weight
      contender.weight = weight
      if (contender.choice === undefined) {
        contender.tag = clock + lead
        return
      }
      const line = lines.of(contender.choice)
      contender.tag = tagIn(line, lead)
      line.heads.reorder(contender, contender.tag)
    },
    freeze: (lane) => lines.freeze(lane, clock),
    thaw: (lane) => lines.thaw(lane, clock),
    rewind(all) {
      const before = [...all].map((contender) => ({
        contender,
        choice: contender.choice,
        lead: leadOf(contender),
      }))
      for (const { contender } of before) rest(contender)
      lines.clear()
      clock = 0
      for (const { contender, choice, lead } of before) {
        contender.tag = lead
        if (choice !== undefined) enter(contender, choice, lead)
      }
    },
  }
}

function winsTie(a: Contender, b: Contender): boolean {
  return a.weight > b.weight || (a.weight === b.weight && a.since < b.since)
}
