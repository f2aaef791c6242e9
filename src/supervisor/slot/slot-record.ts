import type { WorkerDefinition } from '../../config/policy.ts'
import { type InstanceId, type JrName, jrName } from '../../domain/ids.ts'
import type { LedgerEventType, LedgerLevel } from '../../domain/ledger-event.ts'
import { type WorkerEvent, type WorkerState, type WorkerView, nextWorkerState } from '../../domain/worker.ts'
import { BugError } from '../../errors.ts'
import { definitionHash } from '../definition-hash.ts'
import type { Instance } from './instance.ts'
import { RestartHistory } from './restart-history.ts'
import type { SlotBook } from './slot-book.ts'

/** What the ledger calls it when this event has changed a worker's state, and how much it matters. */
const told = {
  start: ['worker.starting', 'info'],
  adopt: ['worker.adopted', 'info'],
  up: ['worker.running', 'info'],
  lack: ['worker.missing', 'warn'],
  end: ['worker.stopping', 'info'],
  rest: ['worker.stopped', 'info'],
  back_off: ['worker.backoff', 'warn'],
  hold: ['worker.paused', 'info'],
  fail: ['worker.stopped', 'warn'],
  expire: ['worker.stopped', 'warn'],
  trip: ['worker.disabled', 'warn'],
  shed: ['worker.disabled', 'warn'],
  reset: ['worker.enabled', 'info'],
  resume: ['worker.resumed', 'info'],
} as const satisfies Record<WorkerEvent, readonly [LedgerEventType, LedgerLevel]>

/** What else there is to a change of state. */
export interface Moved {
  /**
   * False where another change follows in the same turn, or where the next daemon would do nothing else for knowing it: a write
   * is not to stand between an exit and the next start.
   */
  kept?: boolean
  level?: LedgerLevel
  /** The reason at a later moment, where it tells of a wait that passes. */
  later?: () => string
}

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
  #later: (() => string) | null = null
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
    return this.#later?.() ?? this.#reason
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

  /** The only way from state to state: written down, and told in the ledger with its reason. */
  move(event: WorkerEvent, reason: string, { kept = true, level, later }: Moved = {}): void {
    const from = this.#state
    const next = nextWorkerState(from, event)
    if (next === undefined) throw new BugError(`a worker that is ${from} cannot ${event}`)
    this.#state = next
    this.#reason = reason
    this.#later = later ?? null
    if (kept) this.save()
    const [type, standard] = told[event]
    this.tell(type, level ?? standard, `${this.label}: ${reason}`, { from, to: next })
    this.#changed()
  }

  /** It stays in its state, for another reason. */
  explain(reason: string, later: (() => string) | null = null): void {
    this.#reason = reason
    this.#later = later
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
      reason: this.reason,
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
      stopGraceMs: this.#definition.stopGraceMs,
    }
  }
}
