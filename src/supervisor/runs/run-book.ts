import type { JrName } from '../../domain/ids.ts'
import type { LedgerEventType, LedgerLevel } from '../../domain/ledger-event.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { type ScheduleRecord, parseRecord } from './schedule-record.ts'

const namesKey = 'runs.workers'
const numberKey = 'runs.number'
/** Numbers are taken from the store by so many; those of a crashed daemon are left out. */
const numbersAtOnce = 100

/** Writes down what becomes of the runs. A disk that refuses is told in the log and stops no run. */
export class RunBook {
  readonly #store: StateStore
  readonly #ledger: Ledger
  readonly #logger: Logger
  #next = 0
  #taken = 0

  constructor(deps: { store: StateStore; ledger: Ledger; logger: Logger }) {
    this.#store = deps.store
    this.#ledger = deps.ledger
    this.#logger = deps.logger
    const stored = this.#store.get(numberKey)
    this.#next = typeof stored === 'number' ? stored : 0
    this.#taken = this.#next
  }

  /** Larger than every one before, those of earlier daemons included. */
  nextNumber(): number {
    if (this.#next >= this.#taken) {
      this.#taken = this.#next + numbersAtOnce
      this.#put(numberKey, this.#taken)
    }
    this.#next += 1
    return this.#next
  }

  /** The workers of whom there is a record. */
  names(): string[] {
    const stored = this.#store.get(namesKey)
    return Array.isArray(stored) ? stored.filter((name) => typeof name === 'string') : []
  }

  saveNames(names: readonly string[]): void {
    if (names.join('\n') !== this.names().join('\n')) this.#put(namesKey, [...names])
  }

  /** Undefined: there is no record, or none that can be read (which is told). */
  load(name: string): ScheduleRecord | undefined {
    const stored = this.#store.get(keyOf(name)) ?? null
    const record = parseRecord(stored)
    if (stored !== null && record === undefined) {
      this.#logger.error(
        { worker: name },
        `what is kept of the runs of ${name} cannot be read, and begins anew`,
      )
    }
    return record
  }

  /** At once, so that what follows may rely on it. */
  save(name: string, record: ScheduleRecord): void {
    this.#put(keyOf(name), record as unknown as Json)
  }

  forget(name: string): void {
    this.#put(keyOf(name), null)
  }

  tell(
    eventType: LedgerEventType,
    level: LedgerLevel,
    worker: JrName,
    message: string,
    data: { [key: string]: Json } = {},
  ): void {
    this.#logger[level]({ worker, ...data }, message)
    // The entry need not be on disk before the run goes on; the ledger keeps the order.
    this.#ledger.note({ eventType, level, actor: 'daemon', worker, message, data })
  }

  #put(key: string, value: Json): void {
    try {
      this.#store.put(key, value)
    } catch (error) {
      this.#logger.error({ error: messageOf(error) }, `cannot save ${key}: ${messageOf(error)}`)
    }
  }
}

function keyOf(name: string): string {
  return `runs.of ${name}`
}
