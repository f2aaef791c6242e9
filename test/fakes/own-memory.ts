import type { HeapSnapshot, OwnMemory, OwnMemoryReading } from '../../src/ports/own-memory.ts'

export interface FakeOwnMemory extends OwnMemory {
  /** What is read from now on; a heap limit of 1,000 makes `heapUsed` tenths of a percent. */
  reading: OwnMemoryReading
  /** What `heapUsed` is after a collection; null: collecting frees nothing. */
  heapAfterCollect: number | null
  readonly collections: number
  readonly snapshots: readonly string[]
}

/** A heap of 10 %. */
export function fakeOwnMemory(): FakeOwnMemory {
  let collections = 0
  const snapshots: string[] = []
  const fake: FakeOwnMemory = {
    reading: { heapUsed: 100, heapTotal: 200, heapLimit: 1_000, rss: 300, external: 10 },
    heapAfterCollect: null,
    get collections() {
      return collections
    },
    snapshots,
    read: () => ({ ...fake.reading }),
    async collect() {
      collections += 1
      const { heapAfterCollect } = fake
      if (heapAfterCollect !== null) fake.reading = { ...fake.reading, heapUsed: heapAfterCollect }
    },
    async snapshot(keep): Promise<HeapSnapshot> {
      snapshots.push(`/state/heap/${snapshots.length + 1}`)
      snapshots.splice(0, Math.max(0, snapshots.length - keep))
      return { path: snapshots.at(-1) ?? '', pausedMs: 5 }
    },
  }
  return fake
}
