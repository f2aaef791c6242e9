import type { LedgerEventType, LedgerLevel } from '../../domain/ledger-event.ts'
import type { InstanceId } from '../../domain/ids.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore, StoredWorker } from '../../ports/state-store.ts'

/**
 * Writes down what becomes of the workers: state in the store, history in the ledger, words in the log. A disk that
 * refuses is told in the log and stops no worker.
 */
export class SlotBook {
  readonly #store: StateStore
  readonly #ledger: Ledger
  readonly #logger: Logger

  constructor(deps: { store: StateStore; ledger: Ledger; logger: Logger }) {
    this.#store = deps.store
    this.#ledger = deps.ledger
    this.#logger = deps.logger
  }

  save(worker: StoredWorker): void {
    this.#guard('save a worker', () => this.#store.saveWorker(worker))
  }

  forget(instanceId: InstanceId): void {
    this.#guard('forget a worker', () => this.#store.removeWorker(instanceId))
  }

  tell(
    eventType: LedgerEventType,
    level: LedgerLevel,
    /** Null: all of them. */
    worker: string | null,
    message: string,
    data: { [key: string]: Json },
  ): void {
    const about = worker === null ? {} : { worker }
    this.#logger[level]({ ...about, ...data }, message)
    // The entry need not be on disk before the worker goes on; the ledger keeps the order.
    this.#ledger.note({ eventType, level, actor: 'daemon', ...about, message, data })
  }

  #guard(what: string, write: () => void): void {
    try {
      write()
    } catch (error) {
      this.#refused(what, error)
    }
  }

  #refused(what: string, error: unknown): void {
    this.#logger.error({ error: messageOf(error) }, `cannot ${what}: ${messageOf(error)}`)
  }
}
