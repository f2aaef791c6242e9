import { createIndexedHeap } from '../../../../src/domain/capacity/indexed-heap.ts'

/** What will happen when, in simulated time. */
export interface Agenda {
  add(atMs: number, act: () => unknown): void
  nextMs(): number
  /** Does the next. */
  act(): void
}

interface Entry {
  heapIndex: number
  atMs: number
  order: number
  act: () => unknown
}

export function createAgenda(): Agenda {
  const heap = createIndexedHeap<Entry>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order))
  let order = 0
  return {
    add(atMs, act) {
      order += 1
      heap.add({ heapIndex: -1, atMs, order, act }, atMs)
    },
    nextMs: () => heap.first()?.atMs ?? Infinity,
    act() {
      const first = heap.first()
      if (first === undefined) return
      heap.remove(first)
      first.act()
    },
  }
}
