import type { WorkerDefinition } from '../config/policy.ts'
import { type JrName, jrName } from '../domain/ids.ts'
import { pausedReason } from '../domain/worker.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { Found } from './adoption.ts'
import { definitionHash } from './definition-hash.ts'
import type { Slot } from './slot/slot.ts'
import { unconfigured } from './unconfigured.ts'

const pausedKey = 'supervisor.paused'

/** Who lets slots start: in their turn of the boot, or at once. */
export interface Starter {
  ask(slot: Slot): void
  force(slot: Slot): void
  /** It is not to start any more. */
  cancel(slot: Slot): void
  /** The definitions are others than before. */
  redefined(): void
  /** Fresh processes for these, whose definition changed: each after those that it needs. */
  renew(slots: readonly Slot[]): void
}

/** Who is to run: the definitions, a slot for each instance, and which Jrs an operator holds. */
export class Roster {
  readonly #store: StateStore
  readonly #makeSlot: (definition: WorkerDefinition, number: number) => Slot
  readonly #starter: Starter
  readonly #definitions = new Map<JrName, WorkerDefinition>()
  readonly #slots = new Map<JrName, Slot[]>()
  /** On their way out (no longer configured, or one instance too many), until their tree is gone. */
  readonly #leaving = new Map<Slot, Promise<void>>()
  readonly #paused: Set<JrName>
  #closed = false

  constructor(
    store: StateStore,
    definitions: readonly WorkerDefinition[],
    makeSlot: (definition: WorkerDefinition, number: number) => Slot,
    starter: Starter,
  ) {
    this.#store = store
    this.#makeSlot = makeSlot
    this.#starter = starter
    this.#paused = new Set(namesIn(store.get(pausedKey)))
    for (const definition of definitions) this.#define(definition)
  }

  /** The slots that are to be there. */
  all(): Slot[] {
    return [...this.#slots.values()].flat()
  }

  /** Those on their way out too. */
  everyone(): Slot[] {
    return [...this.all(), ...this.#leaving.keys()]
  }

  of(name: JrName): readonly Slot[] {
    return this.#slots.get(name) ?? []
  }

  definitions(): WorkerDefinition[] {
    return [...this.#definitions.values()]
  }

  names(): JrName[] {
    return [...this.#definitions.keys()]
  }

  isPaused(name: JrName): boolean {
    return this.#paused.has(name)
  }

  /** Remembered across daemons. */
  setPaused(name: JrName, paused: boolean): void {
    if (paused) this.#paused.add(name)
    else this.#paused.delete(name)
    this.#store.put(pausedKey, [...this.#paused])
  }

  /** Nothing begins from now on. */
  close(): void {
    this.#closed = true
  }

  /**
   * Starts a slot in its turn (`now`: whatever it waits for), once whoever held its place before is gone: never two at once in
   * one place.
   */
  begin(slot: Slot, now = false): void {
    if (this.#closed || !this.of(slot.name).includes(slot)) return
    const before = [...this.#leaving].find(([one]) => one.name === slot.name && one.number === slot.number)
    if (before !== undefined) void before[1].then(() => this.begin(slot, now))
    else if (this.isPaused(slot.name)) void slot.end('hold', pausedReason)
    else if (now) this.#starter.force(slot)
    else this.#starter.ask(slot)
  }

  /** Ends a slot, or keeps it from starting; settles when nothing of it is left. */
  async end(slot: Slot, goal: 'rest' | 'hold', reason: string): Promise<void> {
    this.#starter.cancel(slot)
    await slot.end(goal, reason)
  }

  /**
   * An earlier daemon's process becomes the slot's; one that no slot is waiting for is ended. False: there is no process, and
   * nobody has any use for what is written of it.
   */
  takeOver({ stored, hosted, living }: Found): boolean {
    const name = jrName(stored.name)
    const slot = this.of(name)[stored.slot - 1]
    if (hosted === null) return slot?.inherit(stored) === true
    if (slot !== undefined && !slot.living) {
      slot.adopt(stored, hosted, living)
      return true
    }
    const surplus = this.#makeSlot(this.#definitions.get(name) ?? unconfigured(name), stored.slot)
    surplus.adopt(stored, hosted, living)
    void this.#retire(surplus, slot === undefined ? 'no longer configured' : 'another instance has its place')
    return true
  }

  /** Grows or shrinks a worker; settles when the surplus is gone. */
  async scale(name: JrName, instances: number): Promise<void> {
    const definition = this.#definitions.get(name)
    const slots = this.#slots.get(name)
    if (definition === undefined || slots === undefined) return
    const surplus = slots.splice(instances)
    while (slots.length < instances) {
      const slot = this.#makeSlot(definition, slots.length + 1)
      slots.push(slot)
      this.begin(slot)
    }
    await Promise.all(surplus.map((slot) => this.#retire(slot, 'scaled down')))
  }

  /** New definitions for old; settles when those that are no longer there are gone. */
  async reload(definitions: readonly WorkerDefinition[]): Promise<void> {
    const before = new Map(this.#definitions)
    const wanted = new Set(definitions.map((definition) => jrName(definition.name)))
    const gone = this.names().filter((name) => !wanted.has(name))
    // All are known before the first one starts: they may need each other.
    for (const definition of definitions) this.#redefine(definition)
    const leaving = gone.map((name) => this.#remove(name))
    this.#starter.redefined()
    const changed = definitions.filter((one) => isAnother(before.get(jrName(one.name)), one))
    this.#starter.renew(changed.flatMap((one) => this.of(jrName(one.name)).filter((slot) => slot.living)))
    await Promise.all([...leaving, ...definitions.map((one) => this.#fill(one, before))])
  }

  #define(definition: WorkerDefinition): void {
    const name = jrName(definition.name)
    const numbers = Array.from({ length: definition.instances }, (_, index) => index + 1)
    this.#definitions.set(name, definition)
    this.#slots.set(
      name,
      numbers.map((number) => this.#makeSlot(definition, number)),
    )
  }

  #redefine(definition: WorkerDefinition): void {
    const name = jrName(definition.name)
    if (!this.#definitions.has(name)) return this.#define(definition)
    this.#definitions.set(name, definition)
    for (const slot of this.of(name)) slot.definition = definition
  }

  /** Starts a worker that is new; gives another one the number of instances that it shall have. */
  async #fill({ name, instances }: WorkerDefinition, before: ReadonlyMap<JrName, unknown>): Promise<void> {
    const jr = jrName(name)
    if (before.has(jr)) await this.scale(jr, instances)
    else for (const slot of this.of(jr)) this.begin(slot)
  }

  async #remove(name: JrName): Promise<void> {
    const slots = this.of(name)
    this.#slots.delete(name)
    this.#definitions.delete(name)
    await Promise.all(slots.map((slot) => this.#retire(slot, 'no longer configured')))
  }

  /** Ends a slot for good; it is seen until its tree is gone. */
  #retire(slot: Slot, reason: string): Promise<void> {
    const gone = this.end(slot, 'rest', reason).then(() => {
      // Where it had to be left behind, its row lets the next daemon find it.
      if (!slot.living) slot.forget()
      this.#leaving.delete(slot)
    })
    this.#leaving.set(slot, gone)
    return gone
  }
}

/** Its process would be another one; a worker that is new has none yet. */
function isAnother(before: WorkerDefinition | undefined, after: WorkerDefinition): boolean {
  return before !== undefined && definitionHash(before) !== definitionHash(after)
}

function namesIn(stored: unknown): JrName[] {
  return Array.isArray(stored) ? stored.filter((name) => typeof name === 'string').map(jrName) : []
}
