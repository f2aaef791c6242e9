import { createIndexedHeap, type Heaped } from '../../domain/capacity/indexed-heap.ts'
import type { CapacityAnswer, CapacityWish } from '../../ports/capacity.ts'

/** A wish that has not been answered. */
export interface WaitingWish extends Heaped {
  readonly wish: CapacityWish
  readonly askedMs: number
  /** Monotonic; then it is too late. */
  untilMs: number
  /** Ends ties. */
  readonly number: number
  /** As the core knows it; null: its task is not known to be in progress yet. */
  id: number | null
  readonly answered: (answer: CapacityAnswer) => void
}

/** Those who wait, by the core's id and by their deadlines. Who is in it has not been answered, who is not has been. */
export interface WaitingWishes {
  readonly size: number
  add(wish: CapacityWish, asked: Pick<WaitingWish, 'askedMs' | 'untilMs' | 'answered'>): WaitingWish
  /** The core has it, under this id; it waits for as long as it wished, counted from when it asked. */
  place(one: WaitingWish, id: number): void
  withId(id: number): WaitingWish | undefined
  /** Those that the core does not have. */
  readonly unplacedCount: number
  unplaced(): WaitingWish[]
  /** False: it was answered or taken back before. */
  remove(one: WaitingWish): boolean
  /** Whose deadline comes first. */
  first(): WaitingWish | undefined
  all(): WaitingWish[]
}

export function createWaitingWishes(): WaitingWishes {
  const byId = new Map<number, WaitingWish>()
  const unplaced = new Set<WaitingWish>()
  const deadlines = createIndexedHeap<WaitingWish>((a, b) => a.number < b.number)
  let number = 0

  return {
    get size() {
      return byId.size + unplaced.size
    },
    add(wish, asked) {
      number += 1
      const one: WaitingWish = { wish, ...asked, number, id: null, heapIndex: -1 }
      unplaced.add(one)
      deadlines.add(one, one.untilMs)
      return one
    },
    place(one, id) {
      unplaced.delete(one)
      one.id = id
      byId.set(id, one)
      one.untilMs = one.askedMs + one.wish.maxWaitMs
      deadlines.reorder(one, one.untilMs)
    },
    withId: (id) => byId.get(id),
    get unplacedCount() {
      return unplaced.size
    },
    unplaced: () => [...unplaced],
    remove(one) {
      const isThere = one.id === null ? unplaced.delete(one) : byId.delete(one.id)
      if (isThere) deadlines.remove(one)
      return isThere
    },
    first: () => deadlines.first(),
    all: () => [...byId.values(), ...unplaced],
  }
}
