import type { WorkerDefinition } from '../config/policy.ts'
import { type InstanceId, type JrName, jrName } from '../domain/ids.ts'
import type { LedgerEventType, LedgerLevel } from '../domain/ledger-event.ts'
import { type WorkerEvent, type WorkerState, type WorkerView, nextWorkerState } from '../domain/worker.ts'
import { BugError } from '../errors.ts'
import { definitionHash } from './definition-hash.ts'
import type { Instance } from './instance.ts'
import { RestartHistory } from './restart-history.ts'
import type { SlotBook } from './slot-book.ts'

/** What is known of a slot, and how it is written down: state, reason, process, history. */
export class SlotRecord {
  readonly name: JrName
  readonly number: number
  readonly history = new RestartHistory()
  readonly #book: SlotBook
  readonly #logFile: string
  readonly #changed: () => void
  #definition: WorkerDefinition
  #hash: string
  #state: WorkerState = 'stopped'
  #reason = 'not started yet'
  #lastId: InstanceId | null = null
  #lastCheckAt: number | null = null
  instance: Instance | null = null
  /** Epoch milliseconds; null: no start is planned. */
  nextStartAt: number | null = null

  constructor(
    deps: { book: SlotBook; logFile: string; changed: () => void },
    definition: WorkerDefinition,
    number: number,
  ) {
    this.#book = deps.book
    this.#logFile = deps.logFile
    this.#changed = deps.changed
    this.name = jrName(definition.name)
    this.number = number
    this.#definition = definition
    this.#hash = definitionHash(definition)
  }

  get definition(): WorkerDefinition {
    return this.#definition
  }

  set definition(definition: WorkerDefinition) {
    this.#definition = definition
    this.#hash = definitionHash(definition)
  }

  get hash(): string {
    return this.#hash
  }

  get state(): WorkerState {
    return this.#state
  }

  get reason(): string {
    return this.#reason
  }

  get label(): string {
    return this.number === 1 ? this.name : `${this.name} #${this.number}`
  }

  /** When somebody last looked at its heartbeat or its processes; epoch milliseconds. */
  get lastCheckAt(): number | null {
    return this.instance?.lastCheckWallMs ?? this.#lastCheckAt
  }

  can(event: WorkerEvent): boolean {
    return nextWorkerState(this.#state, event) !== undefined
  }

  /**
   * The only way from state to state. `kept: false` where another change follows in the same turn, or where the next daemon
   * would do nothing else for knowing it: a write is not to stand between an exit and the next start.
   */
  move(event: WorkerEvent, reason: string, options: { kept: boolean } = { kept: true }): void {
    const next = nextWorkerState(this.#state, event)
    if (next === undefined) throw new BugError(`a worker that is ${this.#state} cannot ${event}`)
    this.#state = next
    this.#reason = reason
    if (options.kept) this.save()
    this.#changed()
  }

  /** It stays in its state, for another reason. */
  explain(reason: string): void {
    this.#reason = reason
    this.#changed()
  }

  /** The row of this id is what the next daemon looks for. */
  begin(id: InstanceId): void {
    this.#lastId = id
  }

  /** The process is no more. */
  bury(): void {
    this.#lastCheckAt = this.lastCheckAt
    this.instance = null
  }

  save(): void {
    if (this.#lastId === null) return
    const { instance, history } = this
    this.#book.save({
      instanceId: this.#lastId,
      name: this.name,
      slot: this.number,
      definitionHash: instance === null ? this.#hash : definitionHash(instance.definition),
      state: this.#state,
      identity: instance?.identity ?? null,
      startedAt: instance?.startedWallMs ?? null,
      startedMonoMs: instance?.startedMonoMs ?? null,
      restarts: history.restarts,
      failures: history.failures,
      lastExit: history.lastExit,
      streak: history.streak,
    })
  }

  /** Its row goes; answers whose it was. */
  forget(): InstanceId | null {
    const id = this.#lastId
    if (id !== null) this.#book.forget(id)
    return id
  }

  get lastId(): InstanceId | null {
    return this.#lastId
  }

  tell(
    type: LedgerEventType,
    level: LedgerLevel,
    message: string,
    more: { [key: string]: number | string } = {},
  ): void {
    this.#book.tell(type, level, this.name, message, {
      slot: this.number,
      instanceId: this.instance?.id ?? null,
      shimPid: this.instance?.identity.pid ?? null,
      ...more,
    })
  }

  view(): WorkerView {
    const { instance, history } = this
    return {
      name: this.name,
      slot: this.number,
      instanceId: instance?.id ?? null,
      state: this.#state,
      reason: this.#reason,
      pid: instance?.pid ?? null,
      startedAt: instance?.startedWallMs ?? null,
      restarts: history.restarts,
      lastExit: history.lastExit,
      nextStartAt: this.nextStartAt,
      heartbeatAgeMs: instance?.heartbeatAgeMs ?? null,
      rssBytes: instance?.rssBytes ?? null,
      cpuPercent: instance?.cpuPercent ?? null,
      logFile: this.#logFile,
      adopted: instance?.adopted ?? false,
      priority: this.#definition.priority,
      department: this.#definition.department,
    }
  }
}
