import { join } from 'node:path'
import type { WorkerDefinition } from '../config/policy.ts'
import type { JrName } from '../domain/ids.ts'
import type { WorkerView } from '../domain/worker.ts'
import { findEarlier } from './adoption.ts'
import { HeartbeatObservation } from './heartbeat-observation.ts'
import { logFileName } from './log-name.ts'
import { obey } from './obey.ts'
import { PendingDeaths } from './pending-deaths.ts'
import { Roster } from './roster.ts'
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
import { UsageSampler } from './usage-sampler.ts'

/** Who is being waited for at a stop is told so often. */
const reportEveryMs = 1000

/** Keeps the workers of the definitions running once it is started (spec §4). */
export function createSupervisor(deps: SupervisorDeps): Supervisor {
  return new SlotSupervisor(deps)
}

/** Speaks for all slots; each slot keeps its own process. */
class SlotSupervisor implements Supervisor {
  readonly #deps: SupervisorDeps
  readonly #book: SlotBook
  readonly #roster: Roster
  readonly #observation: HeartbeatObservation
  readonly #deaths: PendingDeaths
  readonly #sampler: UsageSampler
  readonly #listeners = new Set<() => void>()
  #adopted: Promise<void> | null = null
  #stopping: Promise<StopReport> | null = null

  constructor(deps: SupervisorDeps) {
    this.#deps = deps
    this.#book = new SlotBook(deps)
    this.#deaths = new PendingDeaths(deps)
    this.#observation = new HeartbeatObservation(deps.clock, deps.policy.heartbeatTimeoutMs / 2)
    this.#sampler = new UsageSampler({ ...deps, sample: () => this.#sample() })
    this.#roster = new Roster(deps.store, deps.definitions, (...args) => this.#makeSlot(...args))
  }

  async start(): Promise<void> {
    this.#adopted ??= this.#adopt()
    await this.#adopted
    if (this.#stopping !== null) return
    for (const slot of this.#roster.all()) if (!slot.living) this.#roster.begin(slot)
    await Promise.all(this.#roster.all().map((slot) => slot.settled()))
  }

  stop(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs = 0,
  ): Promise<StopReport> {
    if (this.#stopping !== null) {
      for (const slot of this.#roster.everyone()) slot.hurry()
      return this.#stopping
    }
    this.#sampler.stop()
    this.#roster.close()
    this.#stopping = mode === 'leave' ? this.#leave() : this.#stopAll(report, finishGraceMs)
    return this.#stopping
  }

  views(): WorkerView[] {
    return this.#roster.everyone().map((slot) => slot.view())
  }

  configured(): JrName[] {
    return this.#roster.names()
  }

  heartbeats(ages: readonly HeartbeatAge[]): void {
    const observedMs = this.#observation.look()
    const byInstance = new Map(ages.map((age) => [age.instanceId, age.ageMs]))
    const byName = new Map(ages.filter((age) => age.instanceId === null).map((age) => [age.name, age.ageMs]))
    for (const slot of this.#roster.all()) {
      const { instanceId } = slot
      const own = instanceId === null ? undefined : byInstance.get(instanceId)
      // A legacy worker beats for its Jr only, not knowing which instance it is.
      slot.heartbeat(own ?? byName.get(slot.name) ?? null, observedMs)
    }
    this.#changed()
  }

  async command(name: JrName, command: WorkerCommand): Promise<WorkerVerdict> {
    if (!this.#roster.names().includes(name)) return { kind: 'not_found', known: this.#roster.names() }
    await this.#adopted
    if (this.#stopping !== null) return { kind: 'refused', reason: 'jrctl is shutting down' }
    const reason = await obey(this.#roster, name, command)
    if (reason !== null) return { kind: 'refused', reason }
    return { kind: 'done', workers: this.#roster.of(name).map((slot) => slot.view()) }
  }

  async reload(definitions: readonly WorkerDefinition[]): Promise<void> {
    await this.#adopted
    if (this.#stopping !== null) return
    await this.#roster.reload(definitions)
    await Promise.all(this.#roster.all().map((slot) => slot.settled()))
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #makeSlot(definition: WorkerDefinition, number: number): Slot {
    const { logsDir } = this.#deps
    return new Slot(
      {
        ...this.#deps,
        book: this.#book,
        logFile: join(logsDir, logFileName(definition.name, number)),
        died: (id, name, cause) => this.#deaths.add(this.#deps.onDeath(id, name, cause)),
        changed: () => this.#changed(),
        started: () => this.#sampler.soon(),
      },
      definition,
      number,
    )
  }

  async #adopt(): Promise<void> {
    for (const found of await findEarlier(this.#deps)) this.#roster.takeOver(found)
  }

  async #stopAll(
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs: number,
  ): Promise<StopReport> {
    await this.#adopted
    const slots = this.#roster.everyone().filter((slot) => slot.living)
    const told = new AbortController()
    void this.#tellWaiting(slots, report, told.signal)
    await Promise.all(
      this.#roster
        .everyone()
        .map((slot) => slot.end('rest', 'jrctl is shutting down', finishGraceMs > 0 ? finishGraceMs : null)),
    )
    told.abort()
    await this.#deaths.settled()
    const names = (which: (slot: Slot) => boolean): JrName[] => slots.filter(which).map((slot) => slot.name)
    return {
      endedThemselves: names((slot) => !slot.living && !slot.forced),
      forced: names((slot) => !slot.living && slot.forced),
      left: names((slot) => slot.living),
    }
  }

  /** At once and every second, as long as there is somebody to wait for. */
  async #tellWaiting(
    slots: readonly Slot[],
    report: (waitingFor: readonly WorkerView[]) => void,
    over: AbortSignal,
  ): Promise<void> {
    while (!over.aborted) {
      const waitingFor = slots.filter((slot) => slot.living).map((slot) => slot.view())
      if (waitingFor.length === 0) return
      report(waitingFor)
      await this.#deps.clock.sleep(reportEveryMs, over).catch(() => {})
    }
  }

  async #leave(): Promise<StopReport> {
    await this.#adopted
    const slots = this.#roster.everyone()
    const left = slots.filter((slot) => slot.living).map((slot) => slot.name)
    for (const slot of slots) slot.leave()
    await this.#deaths.settled()
    return { endedThemselves: [], forced: [], left }
  }

  async #sample(): Promise<void> {
    await Promise.all(this.#roster.everyone().map((slot) => slot.sample()))
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
