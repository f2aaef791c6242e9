import { join } from 'node:path'
import type { WorkerDefinition } from '../config/policy.ts'
import type { JrName } from '../domain/ids.ts'
import { jrName } from '../domain/ids.ts'
import type { WorkerView } from '../domain/worker.ts'
import { BugError, messageOf } from '../errors.ts'
import type { Timer } from '../ports/clock.ts'
import { type Found, findEarlier } from './adoption.ts'
import { definitionHash } from './definition-hash.ts'
import { HeartbeatObservation } from './heartbeat-observation.ts'
import { logFileName } from './log-name.ts'
import { SlotBook } from './slot-book.ts'
import { Slot } from './slot.ts'
import type {
  HeartbeatAge,
  StopReport,
  Supervisor,
  SupervisorDeps,
  WorkerCommand,
  WorkerVerdict,
} from './supervisor.ts'
import { unconfigured } from './unconfigured.ts'

/** Memory and CPU are looked at so often: one pass over /proc for all workers together. */
const sampleEveryMs = 10_000
/** After a start the pid of the command itself is learned so soon. */
const sampleSoonMs = 200
/** Who is being waited for at a stop is told so often. */
const reportEveryMs = 1000
/** The return of leases is the daemon's to repeat; a stop waits for it no longer than this. */
const deathsSettleMs = 5000
/** More processes of one worker than this are a slip of the finger. */
const instancesMax = 500
const pausedKey = 'supervisor.paused'

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  return new SlotSupervisor(deps)
}

/** Keeps the slots; each slot keeps its process. */
class SlotSupervisor implements Supervisor {
  readonly #deps: SupervisorDeps
  readonly #book: SlotBook
  readonly #observation: HeartbeatObservation
  readonly #definitions = new Map<JrName, WorkerDefinition>()
  readonly #slots = new Map<JrName, Slot[]>()
  /** On their way out: no longer configured, or one instance too many. */
  readonly #leaving = new Set<Slot>()
  readonly #paused: Set<JrName>
  readonly #listeners = new Set<() => void>()
  readonly #deaths = new Set<Promise<void>>()
  #adopted: Promise<void> | null = null
  #sampler: Timer | null = null
  #stopping: Promise<StopReport> | null = null

  constructor(deps: SupervisorDeps) {
    this.#deps = deps
    this.#book = new SlotBook(deps)
    this.#observation = new HeartbeatObservation(deps.clock, deps.policy.heartbeatTimeoutMs / 2)
    this.#paused = new Set(readNames(deps.store.get(pausedKey)))
    for (const definition of deps.definitions) this.#define(definition)
  }

  async start(): Promise<void> {
    this.#adopted ??= this.#adopt()
    await this.#adopted
    if (this.#stopping !== null) return
    for (const slot of this.#all()) this.#begin(slot)
    await Promise.all(this.#all().map((slot) => slot.settled()))
  }

  stop(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs = 0,
  ): Promise<StopReport> {
    if (this.#stopping !== null) {
      for (const slot of this.#everyone()) slot.hurry()
      return this.#stopping
    }
    this.#stopping = mode === 'leave' ? this.#leave() : this.#stopAll(report, finishGraceMs)
    this.#sampler?.cancel()
    return this.#stopping
  }

  views(): WorkerView[] {
    return this.#everyone().map((slot) => slot.view())
  }

  heartbeats(ages: readonly HeartbeatAge[]): void {
    const observedMs = this.#observation.look()
    const byInstance = new Map(ages.map((age) => [age.instanceId, age.ageMs]))
    const byName = new Map(ages.filter((age) => age.instanceId === null).map((age) => [age.name, age.ageMs]))
    for (const slot of this.#all()) {
      const { instanceId } = slot.view()
      // A legacy worker beats for its Jr only, not knowing which instance it is.
      const ageMs = (instanceId === null ? undefined : byInstance.get(instanceId)) ?? byName.get(slot.name)
      slot.heartbeat(ageMs ?? null, observedMs)
    }
    this.#changed()
  }

  async command(name: JrName, command: WorkerCommand): Promise<WorkerVerdict> {
    const slots = this.#slots.get(name)
    if (slots === undefined) return { kind: 'not_found', known: [...this.#definitions.keys()] }
    if (this.#stopping !== null) return { kind: 'refused', reason: 'jrctl is shutting down' }
    const reason = await this.#obey(name, slots, command)
    if (reason !== null) return { kind: 'refused', reason }
    return { kind: 'done', workers: (this.#slots.get(name) ?? []).map((slot) => slot.view()) }
  }

  async reload(definitions: readonly WorkerDefinition[]): Promise<void> {
    const names = new Set(definitions.map((definition) => jrName(definition.name)))
    const gone = [...this.#definitions.keys()].filter((name) => !names.has(name))
    for (const definition of definitions) this.#redefine(definition)
    await Promise.all(gone.map((name) => this.#remove(name)))
    await Promise.all(this.#all().map((slot) => slot.settled()))
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #all(): Slot[] {
    return [...this.#slots.values()].flat()
  }

  #everyone(): Slot[] {
    return [...this.#all(), ...this.#leaving]
  }

  #define(definition: WorkerDefinition): void {
    const name = jrName(definition.name)
    this.#definitions.set(name, definition)
    this.#slots.set(
      name,
      Array.from({ length: definition.instances }, (_, index) => this.#slot(definition, index + 1)),
    )
  }

  #slot(definition: WorkerDefinition, number: number): Slot {
    const { logsDir } = this.#deps
    return new Slot(
      {
        ...this.#deps,
        book: this.#book,
        logFile: join(logsDir, logFileName(definition.name, number)),
        died: (id, name, cause) => this.#died(this.#deps.onDeath(id, name, cause)),
        changed: () => this.#changed(),
        started: () => this.#sampleIn(sampleSoonMs),
      },
      definition,
      number,
    )
  }

  async #adopt(): Promise<void> {
    for (const found of await findEarlier(this.#deps)) this.#takeOver(found)
  }

  #begin(slot: Slot): void {
    if (this.#paused.has(slot.name)) void slot.end('hold', 'paused by an operator')
    else if (!slot.living) slot.run()
  }

  /** An earlier daemon's process becomes the slot's; one that no slot is waiting for is ended. */
  #takeOver(found: Found): void {
    const { name, slot: number } = found.stored
    const slot = this.#slots.get(jrName(name))?.[number - 1]
    if (slot !== undefined && !slot.living) return slot.adopt(found.stored, found.hosted, found.living)
    const surplus = this.#slot(this.#definitions.get(jrName(name)) ?? unconfigured(name), number)
    surplus.adopt(found.stored, found.hosted, found.living)
    void this.#retire(
      surplus,
      slot === undefined ? 'no longer configured' : 'another instance holds its slot',
    )
  }

  /** Ends a slot for good; it is seen until its tree is gone. */
  async #retire(slot: Slot, reason: string): Promise<void> {
    this.#leaving.add(slot)
    await slot.end('rest', reason)
    if (this.#stopping === null) slot.forget()
    this.#leaving.delete(slot)
    this.#changed()
  }

  async #remove(name: JrName): Promise<void> {
    const slots = this.#slots.get(name) ?? []
    this.#slots.delete(name)
    this.#definitions.delete(name)
    await Promise.all(slots.map((slot) => this.#retire(slot, 'no longer configured')))
  }

  #redefine(definition: WorkerDefinition): void {
    const name = jrName(definition.name)
    const before = this.#definitions.get(name)
    if (before === undefined) {
      this.#define(definition)
      for (const slot of this.#slots.get(name) ?? []) this.#begin(slot)
      return
    }
    this.#definitions.set(name, definition)
    const changed = definitionHash(before) !== definitionHash(definition)
    void this.#scale(name, definition.instances)
    for (const slot of this.#slots.get(name) ?? []) {
      slot.definition = definition
      if (changed && !this.#paused.has(name)) slot.renew('its definition changed')
    }
  }

  /** Answers why the command is refused, null when it is done. */
  async #obey(name: JrName, slots: readonly Slot[], command: WorkerCommand): Promise<string | null> {
    switch (command.kind) {
      case 'start':
      case 'restart':
        if (this.#paused.has(name))
          return `${name} is paused; resume it first: jrctl workers resume "${name}"`
        for (const slot of slots) {
          if (command.kind === 'start') slot.run()
          else slot.renew('restarted by an operator')
        }
        await Promise.all(slots.map((slot) => slot.settled()))
        return null
      case 'stop':
        await Promise.all(slots.map((slot) => slot.end('rest', 'stopped by an operator')))
        return null
      case 'pause':
        this.#remember(name, true)
        await Promise.all(slots.map((slot) => slot.end('hold', 'paused by an operator')))
        return null
      case 'resume':
        if (!this.#paused.has(name)) return `${name} is not paused`
        this.#remember(name, false)
        for (const slot of slots) slot.resume()
        await Promise.all(slots.map((slot) => slot.settled()))
        return null
      case 'scale':
        return await this.#scaleChecked(name, command.instances)
      default:
        throw new BugError(`no such command: ${JSON.stringify(command satisfies never)}`)
    }
  }

  #remember(name: JrName, paused: boolean): void {
    if (paused) this.#paused.add(name)
    else this.#paused.delete(name)
    this.#deps.store.put(pausedKey, [...this.#paused])
  }

  async #scaleChecked(name: JrName, instances: number): Promise<string | null> {
    if (!Number.isInteger(instances) || instances < 0 || instances > instancesMax) {
      return `${instances} instances of ${name} cannot be: from 0 to ${instancesMax}`
    }
    await this.#scale(name, instances)
    await Promise.all((this.#slots.get(name) ?? []).map((slot) => slot.settled()))
    return null
  }

  async #scale(name: JrName, instances: number): Promise<void> {
    const definition = this.#definitions.get(name)
    const slots = this.#slots.get(name)
    if (definition === undefined || slots === undefined) return
    const surplus = slots.splice(instances)
    for (let number = slots.length + 1; number <= instances; number++) {
      const slot = this.#slot(definition, number)
      slots.push(slot)
      this.#begin(slot)
    }
    await Promise.all(surplus.map((slot) => this.#retire(slot, 'scaled down')))
  }

  async #stopAll(
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs: number,
  ): Promise<StopReport> {
    const { clock } = this.#deps
    await this.#adopted
    const slots = this.#everyone().filter((slot) => slot.living)
    const waiting = (): WorkerView[] => slots.filter((slot) => slot.living).map((slot) => slot.view())
    let timer: Timer | null = null
    const tell = (): void => {
      if (waiting().length > 0) report(waiting())
      timer = clock.after(reportEveryMs, tell)
    }
    tell()
    await Promise.all(
      this.#everyone().map((slot) => {
        const graceMs = Math.max(finishGraceMs, slot.definition.stopGraceMs)
        return slot.end('rest', 'jrctl is shutting down', graceMs)
      }),
    )
    ;(timer as Timer | null)?.cancel()
    await this.#deathsSettled()
    const names = (which: (slot: Slot) => boolean): JrName[] => slots.filter(which).map((slot) => slot.name)
    return {
      endedThemselves: names((slot) => !slot.living && !slot.forced),
      forced: names((slot) => !slot.living && slot.forced),
      left: names((slot) => slot.living),
    }
  }

  async #leave(): Promise<StopReport> {
    await this.#adopted
    const living = this.#everyone().filter((slot) => slot.living)
    for (const slot of this.#everyone()) slot.leave()
    await this.#deathsSettled()
    return { endedThemselves: [], forced: [], left: living.map((slot) => slot.name) }
  }

  #died(settling: Promise<void>): void {
    const death = settling
      .catch((error: unknown) => {
        this.#deps.logger.error(
          { error: messageOf(error) },
          `a death was not dealt with: ${messageOf(error)}`,
        )
      })
      .finally(() => this.#deaths.delete(death))
    this.#deaths.add(death)
  }

  async #deathsSettled(): Promise<void> {
    let wake = (): void => {}
    const timeUp = new Promise<void>((resolve) => {
      wake = resolve
    })
    const timer = this.#deps.clock.after(deathsSettleMs, wake)
    await Promise.race([Promise.all(this.#deaths), timeUp])
    timer.cancel()
  }

  #sampleIn(delayMs: number): void {
    this.#sampler?.cancel()
    if (this.#stopping !== null) return
    this.#sampler = this.#deps.clock.after(delayMs, () => void this.#sample(), { background: true })
  }

  async #sample(): Promise<void> {
    try {
      await Promise.all(this.#everyone().map((slot) => slot.sample()))
      this.#changed()
    } catch (error) {
      this.#deps.logger.warn({ error: messageOf(error) }, `cannot sample the workers: ${messageOf(error)}`)
    }
    this.#sampleIn(sampleEveryMs)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function readNames(stored: unknown): JrName[] {
  return Array.isArray(stored) ? stored.filter((name) => typeof name === 'string').map(jrName) : []
}
