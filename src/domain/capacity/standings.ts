import type { TaskId } from '../ids.ts'
import { comparePositions, positionKey, type PositionInput } from '../positions.ts'
import type { Seat } from './fair-queue.ts'
import type { Holder } from './holder.ts'
import { createOrderTree } from './order-tree.ts'
import { tailWeight, topWeight } from './shares.ts'

/** The tasks in progress of all nodes in their order, and the seats that follow from it. */
export interface Standings {
  size(): number
  find(id: TaskId): Holder | undefined
  add(holder: Holder, standing: PositionInput): void
  move(holder: Holder, standing: PositionInput): void
  remove(holder: Holder): void
  /** From 1. */
  positionOf(holder: Holder): number
  at(position: number): Holder | undefined
  all(): Iterable<Holder>
  resize(depth: number): void
  /** How many stand in the tail. */
  tailSize(): number
  /** Whether no task of another node is in progress. */
  isAllOwn(): boolean
  /** Sums of shares, of all tasks and of this node's own, the tail's counted as a whole. */
  sums(untracked: number): { all: number; own: number }
}

/**
 * @param depth positions with a weight of their own
 * @param seated hears of each holder that has another seat now (`depth` + 1 of them at most, whatever happened); of one
 *   that left: null
 */
export function createStandings(
  depth: number,
  seated: (holder: Holder, seat: Seat | null) => void,
): Standings {
  const order = createOrderTree(comparePositions, positionKey)
  const holders = new Map<TaskId, Holder>()
  const top: Holder[] = []
  let own = 0
  let seats = depth

  /** After one holder went from place `from` to place `to` (from 0; Infinity: it was, or is, in none). */
  function reseat(holder: Holder, from: number, to: number): void {
    if (from < seats) top.splice(from, 1)
    if (to < seats) top.splice(to, 0, holder)
    else seated(holder, to === Infinity ? null : 'tail')
    fit()
    const last = Math.min(Math.max(from, to), top.length - 1)
    for (let place = Math.min(from, to); place <= last; place += 1) seated(top[place] as Holder, place + 1)
  }

  /** Fills the top from the tail, or lets those go who have no seat there any more. */
  function fit(): void {
    while (top.length > seats) seated(top.pop() as Holder, 'tail')
    while (top.length < Math.min(seats, order.size())) {
      const next = order.at(top.length)
      const holder = next === undefined ? undefined : holders.get(next.id)
      if (holder === undefined) return
      top.push(holder)
      seated(holder, top.length)
    }
  }

  return {
    size: () => order.size(),
    find: (id) => holders.get(id),
    add(holder, standing) {
      holder.standing = standing
      holders.set(standing.id, holder)
      if (holder.own) own += 1
      reseat(holder, Infinity, order.add(standing))
    },
    move(holder, standing) {
      const from = holder.standing === null ? Infinity : order.remove(holder.standing)
      holder.standing = standing
      reseat(holder, from, order.add(standing))
    },
    remove(holder) {
      if (holder.standing === null) return
      holders.delete(holder.standing.id)
      if (holder.own) own -= 1
      reseat(holder, order.remove(holder.standing), Infinity)
    },
    positionOf(holder) {
      if (typeof holder.seat === 'number') return holder.seat
      return holder.standing === null ? 0 : order.placeOf(holder.standing) + 1
    },
    at(position) {
      const standing = order.at(position - 1)
      return standing === undefined ? undefined : holders.get(standing.id)
    },
    all: () => holders.values(),
    resize(to) {
      seats = to
      fit()
    },
    isAllOwn: () => own === order.size(),
    tailSize: () => order.size() - top.length,
    sums(untracked) {
      const sum = { all: 0, own: 0 }
      let ownTail = own + Math.min(1, untracked)
      for (const [place, holder] of top.entries()) {
        const share = topWeight(place + 1)
        sum.all += share
        if (!holder.own) continue
        sum.own += share
        ownTail -= 1
      }
      const tail = order.size() - top.length + untracked
      if (tail === 0) return sum
      sum.all += tailWeight(seats)
      sum.own += (tailWeight(seats) * ownTail) / tail
      return sum
    },
  }
}
