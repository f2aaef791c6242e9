/** What lies in a heap knows where, so that it is taken out and put right in O(log n) without a search. */
export interface Heaped {
  /** -1: in none. */
  heapIndex: number
}

/** Entries by a number, the least first. An entry is in one heap at most. */
export interface IndexedHeap<Entry extends Heaped> {
  size(): number
  first(): Entry | undefined
  add(entry: Entry, key: number): void
  remove(entry: Entry): void
  /** It has another key, or wins ties otherwise. */
  reorder(entry: Entry, key: number): void
}

/** Children a node. Four keys fill half a cache line; a binary heap has twice the levels, each of them a cache miss. */
const fanOut = 4

/**
 * @param winsTie whether the first comes before the second when their keys are equal; a total order, for the order of what
 *   comes out to be determined
 */
export function createIndexedHeap<Entry extends Heaped>(
  winsTie: (a: Entry, b: Entry) => boolean,
): IndexedHeap<Entry> {
  const entries: Entry[] = []
  /** Of each entry. Apart, so that finding the way touches no entry. */
  const keys: number[] = []

  function put(entry: Entry, key: number, index: number): void {
    entries[index] = entry
    keys[index] = key
    entry.heapIndex = index
  }

  const keyAt = (index: number): number => keys[index] as number
  const entryAt = (index: number): Entry => entries[index] as Entry

  function isBefore(entry: Entry, key: number, index: number): boolean {
    const other = keyAt(index)
    return key < other || (key === other && winsTie(entry, entryAt(index)))
  }

  /** Up from `from`, and then, if it has not moved, down: the hole there is filled with the entry. */
  function settle(entry: Entry, key: number, from: number): void {
    const risen = rise(entry, key, from)
    put(entry, key, risen === from ? sink(entry, key, from) : risen)
  }

  function rise(entry: Entry, key: number, from: number): number {
    let hole = from
    while (hole > 0) {
      const parent = Math.floor((hole - 1) / fanOut)
      if (!isBefore(entry, key, parent)) break
      put(entryAt(parent), keyAt(parent), hole)
      hole = parent
    }
    return hole
  }

  function sink(entry: Entry, key: number, from: number): number {
    let hole = from
    for (let child = firstChild(hole); child > 0; child = firstChild(hole)) {
      if (isBefore(entry, key, child)) break
      put(entryAt(child), keyAt(child), hole)
      hole = child
    }
    return hole
  }

  /** The child that comes first; 0: it has none. */
  function firstChild(index: number): number {
    const from = index * fanOut + 1
    if (from >= entries.length) return 0
    const to = Math.min(from + fanOut, entries.length)
    let best = from
    for (let child = from + 1; child < to; child += 1) {
      if (isBefore(entryAt(child), keyAt(child), best)) best = child
    }
    return best
  }

  return {
    size: () => entries.length,
    first: () => entries[0],
    add: (entry, key) => put(entry, key, rise(entry, key, entries.length)),
    remove(entry) {
      const hole = entry.heapIndex
      const last = entries.pop()
      const key = keys.pop()
      entry.heapIndex = -1
      if (last !== undefined && key !== undefined && last !== entry) settle(last, key, hole)
    },
    reorder: (entry, key) => settle(entry, key, entry.heapIndex),
  }
}
