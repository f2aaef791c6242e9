/** What lies in a heap knows where, so that it is taken out and put right in O(log n) without a search. */
export interface Heaped {
  /** -1: in none. */
  heapIndex: number
}

/** A binary heap. An entry is in one heap at most. */
export interface IndexedHeap<Entry extends Heaped> {
  size(): number
  first(): Entry | undefined
  add(entry: Entry): void
  remove(entry: Entry): void
  /** After what it is compared by has changed. */
  reorder(entry: Entry): void
}

/** @param before a total order; ties must be broken in it, for the order of what comes out to be determined */
export function createIndexedHeap<Entry extends Heaped>(
  before: (a: Entry, b: Entry) => boolean,
): IndexedHeap<Entry> {
  const entries: Entry[] = []

  function put(entry: Entry, index: number): void {
    entries[index] = entry
    entry.heapIndex = index
  }

  function rise(entry: Entry, from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >>> 1
      const above = entries[parent] as Entry
      if (!before(entry, above)) break
      put(above, index)
      index = parent
    }
    put(entry, index)
  }

  function sink(entry: Entry, from: number): void {
    let index = from
    for (;;) {
      const child = firstChild(index)
      if (child < 0 || !before(entries[child] as Entry, entry)) break
      put(entries[child] as Entry, index)
      index = child
    }
    put(entry, index)
  }

  /** The child that comes first; -1: it has none. */
  function firstChild(index: number): number {
    const left = 2 * index + 1
    if (left >= entries.length) return -1
    const right = left + 1
    return right < entries.length && before(entries[right] as Entry, entries[left] as Entry) ? right : left
  }

  function reorder(entry: Entry): void {
    rise(entry, entry.heapIndex)
    sink(entry, entry.heapIndex)
  }

  return {
    size: () => entries.length,
    first: () => entries[0],
    add(entry) {
      rise(entry, entries.length)
    },
    remove(entry) {
      const hole = entry.heapIndex
      const last = entries.pop()
      entry.heapIndex = -1
      if (last === undefined || last === entry) return
      put(last, hole)
      reorder(last)
    },
    reorder,
  }
}
