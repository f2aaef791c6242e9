import type { InstanceId } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProcessHost } from '../../ports/process-host.ts'
import { clearTree, leftoverGrace } from './clear-tree.ts'
import type { Instance } from './instance.ts'
import type { SlotBook } from './slot-book.ts'
import type { SlotRecord } from './slot-record.ts'

export interface BurialDeps {
  host: ProcessHost
  clock: Clock
  book: SlotBook
  record: SlotRecord
  /** Aborted: what is still waited for is killed now. */
  hurry: AbortSignal
  /** Aborted: it is left as it is. */
  letGo: AbortSignal
  died(instance: Instance, cause: string): void
}

/** What is ended beside the next start waits for that so long at most, should it hang. */
const startsFirstMs = 200

/** Ends what is left of a slot's processes and tells their deaths: nothing of an instance outlives it. */
export class Burials {
  readonly #deps: BurialDeps
  /** Trees that are being ended while the next process starts or runs. */
  readonly #aside = new Map<InstanceId, Promise<void>>()
  #launched = Promise.withResolvers<void>()
  /** Somebody had to be killed. */
  forced = false

  constructor(deps: BurialDeps) {
    this.#deps = deps
  }

  get pending(): boolean {
    return this.#aside.size > 0
  }

  has(id: InstanceId): boolean {
    return this.#aside.has(id)
  }

  /** Settles when nothing is being ended beside the life any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#aside.values())
  }

  /** The next process is there, or none is to come. */
  launched(): void {
    this.#launched.resolve()
    this.#launched = Promise.withResolvers()
  }

  /** Settles when the tree is gone, true; or when we were told to let go of it before. `now`: without a grace. */
  async bury(instance: Instance, cause: string, now: boolean): Promise<boolean> {
    const { record, letGo } = this.#deps
    const isGone = await this.#clear(instance, now, (reason) =>
      record.move('end', reason, { level: 'error' }),
    )
    if (!isGone || letGo.aborted) return false
    record.bury()
    this.#finish(instance, cause)
    return true
  }

  /** As `bury`, beside the next start. Until it is done the row stays, for the next daemon to end the tree by. */
  buryAside(instance: Instance, cause: string): void {
    const { record, letGo } = this.#deps
    record.bury()
    const burial = this.#soonLaunched()
      .then(() =>
        this.#clear(instance, false, (reason) =>
          record.tell('worker.stopping', 'error', `${record.label}: ${reason}`),
        ),
      )
      .then((isGone) => {
        if (isGone && !letGo.aborted) this.#finish(instance, cause)
      })
      .catch((error: unknown) => {
        const message = `${record.label}: cannot end what is left of it: ${messageOf(error)}`
        record.tell('worker.ended', 'error', message)
      })
      .finally(() => this.#aside.delete(instance.id))
    this.#aside.set(instance.id, burial)
  }

  /** The row goes, and with it what the host keeps for a daemon that would have found it. */
  forgetRow(id: InstanceId | null): void {
    if (id === null) return
    this.#deps.book.forget(id)
    void this.#deps.host.forgetExit(id)
  }

  #finish(instance: Instance, cause: string): void {
    const { record, host } = this.#deps
    this.#deps.died(instance, cause)
    const level = cause.startsWith('was stopped') || cause === 'exited cleanly' ? 'info' : 'warn'
    record.tell('worker.ended', level, `${record.label} ${cause}`, { instanceId: instance.id })
    if (record.lastId !== instance.id) return this.forgetRow(instance.id)
    // Its end is on record now, so the host need not keep it.
    record.save()
    void host.forgetExit(instance.id)
  }

  async #clear(instance: Instance, now: boolean, stuck: (reason: string) => void): Promise<boolean> {
    const { hurry, letGo } = this.#deps
    const { gone, forced } = await clearTree(this.#deps, instance.identity, {
      graceMs: now ? 0 : leftoverGrace(instance.definition),
      hurry,
      letGo,
      stuck,
    })
    if (forced) this.forced = true
    return gone
  }

  /** To look through all processes takes longer than to start one, and both want the same threads: the start goes first. */
  async #soonLaunched(): Promise<void> {
    const over = new AbortController()
    const either = AbortSignal.any([over.signal, this.#deps.letGo])
    const late = this.#deps.clock.sleep(startsFirstMs, either).catch(() => {})
    await Promise.race([this.#launched.promise, late])
    over.abort()
  }
}
