import { type StoredRecord, WorkerRecord } from '../../domain/metrics/worker-record.ts'
import type { Json } from '../../domain/task.ts'
import type { StateStore } from '../../ports/state-store.ts'

const indexKey = 'metrics.index'
/** More workers than a configuration may have; beyond, the one that was quiet longest is forgotten. */
const recordsMax = 1_000
/**
 * Records are kept so many to a document. Each write is a commit that waits for the disk: one document a worker would be 50
 * commits for 50 busy workers, one document for all would be rewritten whole for each of a thousand.
 */
const recordsPerDocument = 16

interface Index {
  documents: number
  countedAnewUpToMs: number
}

/** The records of all workers, in memory and, when told to, on disk. */
export class MetricsBook {
  readonly #store: StateStore
  /** In the places that they have on disk. */
  readonly #places: WorkerRecord[] = []
  readonly #placeOf = new Map<string, number>()
  readonly #changed = new Set<number>()
  #index: Index = { documents: 0, countedAnewUpToMs: 0 }
  #indexChanged = false

  constructor(store: StateStore) {
    this.#store = store
    const index = store.get(indexKey) as unknown as Index | undefined
    if (index === undefined) return
    this.#index = index
    for (let document = 0; document < index.documents; document += 1) {
      const records = (store.get(keyOf(document)) ?? []) as unknown as StoredRecord[]
      for (const stored of records) this.#place(new WorkerRecord(stored.name, stored))
    }
  }

  /** Events up to then are counted already, should they be read again. */
  get countedAnewUpToMs(): number {
    return this.#index.countedAnewUpToMs
  }

  beginAnew(countedUpToMs: number): void {
    this.#index = { ...this.#index, countedAnewUpToMs: countedUpToMs }
    this.#indexChanged = true
  }

  names(): string[] {
    return [...this.#placeOf.keys()]
  }

  find(name: string): WorkerRecord | undefined {
    const place = this.#placeOf.get(name)
    return place === undefined ? undefined : this.#places[place]
  }

  /** Makes the record when there is none. */
  change(name: string, change: (record: WorkerRecord) => void): void {
    const record = this.find(name) ?? this.#place(new WorkerRecord(name))
    change(record)
    this.#changed.add(Math.floor((this.#placeOf.get(name) ?? 0) / recordsPerDocument))
  }

  /** Writes what changed since the last time; nothing when nothing did. Throws OperationalError `state.*`. */
  save(): void {
    for (const document of this.#changed) {
      const first = document * recordsPerDocument
      const records = this.#places.slice(first, first + recordsPerDocument).map((record) => record.stored())
      this.#store.put(keyOf(document), records as unknown as Json)
      this.#changed.delete(document)
    }
    const documents = Math.ceil(this.#places.length / recordsPerDocument)
    if (documents === this.#index.documents && !this.#indexChanged) return
    // After the documents that it counts.
    this.#index = { ...this.#index, documents }
    this.#store.put(indexKey, this.#index as unknown as Json)
    this.#indexChanged = false
  }

  #place(record: WorkerRecord): WorkerRecord {
    const place = this.#places.length < recordsMax ? this.#places.length : this.#quietest()
    const leaving = this.#places[place]
    if (leaving !== undefined) this.#placeOf.delete(leaving.name)
    this.#places[place] = record
    this.#placeOf.set(record.name, place)
    return record
  }

  #quietest(): number {
    let quietest = 0
    for (const [place, { lastEndedAt }] of this.#places.entries()) {
      if ((lastEndedAt ?? 0) < (this.#places[quietest]?.lastEndedAt ?? 0)) quietest = place
    }
    return quietest
  }
}

function keyOf(document: number): string {
  return `metrics.${document}`
}
