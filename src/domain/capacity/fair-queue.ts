import { tailWeight, topWeight } from './shares.ts'
import type { LaneChoice } from './lane-choice.ts'
import { type Contender, type Contest, createContest, newContender } from './contest.ts'

/** A holder's place in the fair queue. */
export interface Flow extends Contender {
  /** Null: it has none (any longer). */
  seat: Seat | null
}

/** A position, from 1, with a weight of its own, or one of the many that share the tail's. */
export type Seat = number | 'tail'

export function newFlow(): Flow {
  return { ...newContender(), seat: null }
}

/**
 * The fair queue of the positions, in two levels: positions 1…`depth` contend with weights 2⁻ᵖ, and beside them the tail
 * as a whole with 2⁻ᵈᵉᵖᵗʰ; in the tail all are equals. So a promotion changes the weights of `depth` flows at most, however
 * many there are below. (One level would have to tell every one of the tail its new weight.)
 *
 * Here is no capacity and no time: only who is next.
 */
export interface FairQueue<F extends Flow> {
  /** Gives a flow its place, when it joins, moves or (null) leaves. What it is ahead or behind, in cost, goes with it. */
  seat(flow: F, seat: Seat | null): void
  /** So many positions have weights of their own from now on; who is moved by that is told by `seat`. */
  resize(depth: number): void
  wait(flow: F, choice: LaneChoice): void
  turnTo(flow: F, choice: LaneChoice): void
  rest(flow: F): void
  next(): F | undefined
  /**
   * Its head starts; `choice`: where more of it waits (undefined: nowhere).
   * @returns what was charged, to be corrected when the real cost is known
   */
  start(flow: F, cost: number, choice: LaneChoice | undefined): Charged
  /** `difference` units more (or, negative, less) than it was charged. */
  correct(flow: F, charged: Charged, difference: number): void
  freeze(lane: string | null): void
  thaw(lane: string | null): void
  /** Units of cost it is ahead of (negative: behind) where it would be, had it always had its share. */
  aheadOf(flow: F): number
  /** The part, 0–1, that the flow has of what those have together who wait, and it itself. */
  partOf(flow: F): number
}

/** Whom a cost was charged to, besides the flow: the tail keeps what its members did, wherever they go. */
export type Charged = 'flow' | 'flow and tail'

/** Beside a clock beyond this the steps of position 1 (2 virtual units a unit of cost) would begin to be rounded off. */
const clockMax = 2 ** 30
/** No upstream can be called so. */
const groupLane = '\u0000tail'

export function createFairQueue<F extends Flow>(depth: number): FairQueue<F> {
  const top: Contest<Contender> = createContest()
  const tail: Contest<F> = createContest()
  const seated = new Set<F>()
  const group: Contender = newContender()
  top.weigh(group, tailWeight(depth), 0)

  /** The tail as a whole waits when one in it does, and is passed over when all their lanes are full. */
  function followTail(): void {
    if (tail.size() === 0) return top.rest(group)
    if (group.choice === undefined) top.wait(group, groupLane)
    if (tail.next() === undefined) top.freeze(groupLane)
    else top.thaw(groupLane)
  }

  function seat(flow: F, to: Seat | null): void {
    const { choice, seat: from } = flow
    if (from === to) return
    const ahead = aheadOf(flow)
    flow.seat = to
    // The common case, many times a promotion: it stays where it is, with another weight.
    if (typeof from === 'number' && typeof to === 'number') return top.weigh(flow, topWeight(to), ahead)
    if (from !== null) leave(flow, from)
    if (to !== null) arrive(flow, to, choice, ahead)
    if (from === 'tail' || to === 'tail') followTail()
  }

  function leave(flow: F, from: Seat): void {
    if (from === 'tail') return tail.rest(flow)
    top.rest(flow)
    seated.delete(flow)
  }

  function arrive(flow: F, to: Seat, choice: LaneChoice | undefined, ahead: number): void {
    const contest = to === 'tail' ? tail : top
    contest.weigh(flow, to === 'tail' ? 1 : topWeight(to), ahead)
    if (choice !== undefined) contest.resume(flow, choice)
    if (to !== 'tail') seated.add(flow)
  }

  function aheadOf(flow: F): number {
    if (flow.seat === null) return 0
    return flow.seat === 'tail' ? tail.aheadOf(flow) : top.aheadOf(flow)
  }

  function next(): F | undefined {
    const best = top.next()
    return best === group ? tail.next() : (best as F | undefined)
  }

  function start(flow: F, cost: number, choice: LaneChoice | undefined): Charged {
    if (flow.seat === 'tail') {
      tail.start(flow, cost, choice)
      top.start(group, cost, tail.size() > 0 ? groupLane : undefined)
      followTail()
    } else top.start(flow, cost, choice)
    if (top.clock() > clockMax) top.rewind([...seated, group])
    return flow.seat === 'tail' ? 'flow and tail' : 'flow'
  }

  function correct(flow: F, charged: Charged, difference: number): void {
    if (charged === 'flow and tail') top.charge(group, difference)
    if (flow.seat === 'tail') tail.charge(flow, difference)
    else if (flow.seat !== null) top.charge(flow, difference)
  }

  /** Weights of all seats that wait, and of the flow's own. */
  function waitingWeight(flow: F): number {
    let sum = flow.seat === 'tail' || tail.size() > 0 ? group.weight : 0
    for (const other of seated) if (other.choice !== undefined || other === flow) sum += other.weight
    return sum
  }

  function partOf(flow: F): number {
    if (flow.seat === null) return 0
    const own = flow.seat === 'tail' ? group.weight / membersWith(flow) : flow.weight
    return own / waitingWeight(flow)
  }

  const membersWith = (flow: F): number => tail.size() + (flow.choice === undefined ? 1 : 0)

  /** Does something in the level of the flow; the tail as a whole follows. */
  function inLevel(flow: F, act: (contest: Contest<Contender> | Contest<F>) => void): void {
    if (flow.seat === null) return
    if (flow.seat !== 'tail') return act(top)
    act(tail)
    followTail()
  }

  return {
    seat,
    resize: (to) => top.weigh(group, tailWeight(to), top.aheadOf(group)),
    wait: (flow, choice) => inLevel(flow, (level) => level.wait(flow, choice)),
    turnTo: (flow, choice) => inLevel(flow, (level) => level.turnTo(flow, choice)),
    rest: (flow) => inLevel(flow, (level) => level.rest(flow)),
    next,
    start,
    correct,
    freeze(lane) {
      top.freeze(lane)
      tail.freeze(lane)
      followTail()
    },
    thaw(lane) {
      top.thaw(lane)
      tail.thaw(lane)
      followTail()
    },
    aheadOf,
    partOf,
  }
}
