import { join } from 'node:path'
import type { WorkerDefinition } from '../config/policy.ts'
import type { FleetBreakerView } from '../domain/breaker-view.ts'
import type { JrName } from '../domain/ids.ts'
import type { WorkerView } from '../domain/worker.ts'
import { findEarlier } from './adoption.ts'
import { Boot } from './boot/boot.ts'
import { FirstBeats } from './boot/first-beats.ts'
import { Gate } from './gate/gate.ts'
import { HeartbeatObservation } from './heartbeat-observation.ts'
import { logFileName } from './log-name.ts'
import { LogStarts } from './boot/log-starts.ts'
import { obey } from './obey.ts'
import { PendingDeaths } from './pending-deaths.ts'
import { Readiness } from './boot/readiness.ts'
import { Renewals } from './renewals.ts'
import { Roster } from './roster.ts'
import { SlotBook } from './slot/slot-book.ts'
import { type Ending, endInOrder } from './boot/stop-order.ts'
import { Slot } from './slot/slot.ts'
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
const firstReportMs = 100
/** A start that hangs (a log on a network file system that is away) keeps nobody from hearing that the daemon is there. */
const startPatienceMs = 5000

/** Keeps the workers of the definitions running once it is started (spec §4). */
export function createSupervisor(deps: SupervisorDeps): Supervisor {
  return new SlotSupervisor(deps)
}

/** Speaks for all slots; each slot keeps its own process. */
class SlotSupervisor implements Supervisor {
  readonly #deps: SupervisorDeps
  readonly #book: SlotBook
  readonly #gate: Gate
  readonly #roster: Roster
  readonly #observation: HeartbeatObservation
  readonly #deaths: PendingDeaths
  readonly #sampler: UsageSampler
  readonly #logStarts: LogStarts
  readonly #readiness: Readiness
  readonly #boot: Boot
  readonly #renewals: Renewals
  readonly #firstBeats: FirstBeats
  /** Aborted by a second wish to stop: whoever still waits for its turn to be ended is ended now. */
  readonly #hurry = new AbortController()
  readonly #listeners = new Set<() => void>()
  #adopted: Promise<void> | null = null
  #stopping: Promise<StopReport> | null = null

  constructor(deps: SupervisorDeps) {
    this.#deps = deps
    this.#book = new SlotBook(deps)
    this.#gate = new Gate({
      ...deps,
      book: this.#book,
      gaveUp: (death) => deps.onGiveUp?.(death),
      cameBack: (name, by) => deps.onComeBack?.(name, by),
    })
    this.#deaths = new PendingDeaths(deps)
    this.#observation = new HeartbeatObservation(deps.clock, deps.policy.heartbeatTimeoutMs / 2)
    this.#sampler = new UsageSampler({ ...deps, sample: () => this.#sample() })
    this.#logStarts = new LogStarts(deps)
    this.#readiness = new Readiness({
      ...deps,
      book: this.#book,
      logStarts: this.#logStarts,
      changed: () => this.#readinessChanged(),
    })
    this.#roster = new Roster(deps.store, deps.definitions, (...args) => this.#makeSlot(...args), {
      ask: (slot) => this.#boot.ask(slot),
      force: (slot) => this.#boot.force(slot),
      cancel: (slot) => {
        this.#boot.cancel(slot)
        this.#renewals.cancel(slot)
      },
      redefined: () => this.#redefined(),
      renew: (slots) => this.#renewals.renew(slots),
    })
    this.#renewals = new Renewals({
      clock: deps.clock,
      isReady: (slot) => this.#readiness.of(slot).ready,
      dueInMs: (slot) => this.#readiness.dueInMs(slot),
      changed: () => this.#changed(),
    })
    this.#boot = new Boot(
      { ...deps, book: this.#book, readiness: this.#readiness, changed: () => this.#changed() },
      this.#roster,
    )
    this.#firstBeats = new FirstBeats(
      deps.clock,
      () => this.#readiness.awaitsBeat,
      () => deps.lookAtHeartbeats(),
    )
  }

  async start(): Promise<void> {
    this.#adopted ??= this.#adopt()
    await this.#adopted
    if (this.#stopping !== null) return
    for (const slot of this.#roster.all()) if (!slot.living) this.#roster.begin(slot)
    this.#boot.begin()
    await this.#settledSoon()
  }

  stop(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs = 0,
  ): Promise<StopReport> {
    if (this.#stopping !== null) {
      for (const slot of this.#roster.everyone()) slot.hurry()
      this.#hurry.abort()
      return this.#stopping
    }
    this.#sampler.stop()
    this.#roster.close()
    this.#boot.close()
    this.#renewals.close()
    this.#firstBeats.close()
    this.#stopping = mode === 'leave' ? this.#leave() : this.#stopAll(report, finishGraceMs)
    return this.#stopping
  }

  views(): WorkerView[] {
    return this.#roster.everyone().map((slot) => this.#view(slot))
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
      this.#readiness.look(slot)
    }
    this.#changed()
  }

  async command(name: JrName, command: WorkerCommand): Promise<WorkerVerdict> {
    if (!this.#roster.names().includes(name)) return { kind: 'not_found', known: this.#roster.names() }
    await this.#adopted
    if (this.#stopping !== null) return { kind: 'refused', reason: 'jrctl is shutting down' }
    const reason = await obey(this.#roster, this.#gate, name, command)
    if (reason !== null) return { kind: 'refused', reason }
    return { kind: 'done', workers: this.#roster.of(name).map((slot) => this.#view(slot)) }
  }

  async reload(definitions: readonly WorkerDefinition[]): Promise<void> {
    await this.#adopted
    if (this.#stopping !== null) return
    await this.#roster.reload(definitions)
    await Promise.all(this.#roster.all().map((slot) => slot.settled()))
  }

  async shed(name: JrName, reason: string): Promise<void> {
    await this.#adopted
    this.#gate.shed(name, reason)
    await Promise.all(this.#roster.of(name).map((slot) => slot.shed(reason)))
  }

  async letBack(name: JrName): Promise<void> {
    this.#gate.letBack(name)
    await Promise.all(this.#roster.of(name).map((slot) => slot.settled()))
  }

  breaker(): FleetBreakerView {
    return this.#gate.view()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #makeSlot(definition: WorkerDefinition, number: number): Slot {
    const { logsDir } = this.#deps
    const slot: Slot = new Slot(
      {
        ...this.#deps,
        host: this.#logStarts.hostFor(() => slot.definition),
        book: this.#book,
        gate: this.#gate,
        gaveUp: (death) => this.#deps.onGiveUp?.(death),
        healthy: (name) => this.#deps.onComeBack?.(name, 'its health'),
        logFile: join(logsDir, logFileName(definition.name, number)),
        died: (id, name, cause) => this.#deaths.add(this.#deps.onDeath(id, name, cause)),
        changed: () => this.#slotChanged(slot),
        started: () => this.#sampler.soon(),
      },
      definition,
      number,
    )
    return slot
  }

  async #adopt(): Promise<void> {
    const { store, host } = this.#deps
    for (const found of await findEarlier(this.#deps)) {
      if (this.#roster.takeOver(found)) continue
      store.removeWorker(found.stored.instanceId)
      void host.forgetExit(found.stored.instanceId)
    }
  }

  async #stopAll(
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs: number,
  ): Promise<StopReport> {
    await this.#adopted
    const slots = this.#roster.everyone().filter((slot) => slot.living)
    const told = new AbortController()
    void this.#tellWaiting(slots, report, told.signal)
    await endInOrder(this.#endings(finishGraceMs > 0), {
      clock: this.#deps.clock,
      graceMs: finishGraceMs,
      hurry: this.#hurry.signal,
    })
    told.abort()
    await this.#readiness.close()
    await this.#deaths.settled()
    this.#gate.close()
    const names = (which: (slot: Slot) => boolean): JrName[] => slots.filter(which).map((slot) => slot.name)
    return {
      endedThemselves: names((slot) => !slot.living && !slot.forced),
      forced: names((slot) => !slot.living && slot.forced),
      left: names((slot) => slot.living),
    }
  }

  /** Soon, and then every second, as long as there is somebody to wait for. */
  async #tellWaiting(
    slots: readonly Slot[],
    report: (waitingFor: readonly WorkerView[]) => void,
    over: AbortSignal,
  ): Promise<void> {
    // Whoever ends at once is not worth a line, and the others have been asked by then.
    await this.#deps.clock.sleep(firstReportMs, over).catch(() => {})
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
    await this.#readiness.close()
    await this.#deaths.settled()
    this.#gate.close()
    return { endedThemselves: [], forced: [], left }
  }

  async #sample(): Promise<void> {
    await Promise.all(this.#roster.everyone().map((slot) => slot.sample()))
    this.#changed()
  }

  /** The slots by worker, those on their way out too. */
  #endings(hasGrace: boolean): Ending[] {
    const byName = Map.groupBy(this.#roster.everyone(), (slot) => slot.name)
    return [...byName].map(([name, slots]) => ({
      name,
      dependsOn: slots[0]?.definition.dependsOn ?? [],
      end: async (leftMs) => {
        const finishMs = hasGrace ? leftMs : null
        await Promise.all(slots.map((slot) => slot.end('rest', 'jrctl is shutting down', finishMs)))
      },
    }))
  }

  /** Settles when all slots have, or when it takes too long. */
  async #settledSoon(): Promise<void> {
    const settled = new AbortController()
    const over = this.#deps.clock.sleep(startPatienceMs, settled.signal).catch(() => {})
    await Promise.race([Promise.all(this.#roster.all().map((slot) => slot.settled())), over])
    settled.abort()
  }

  /** What the slot says of itself, and how it stands to the others. */
  #view(slot: Slot): WorkerView {
    const view = slot.view()
    const ready = this.#readiness.of(slot)
    const waitsFor = this.#boot.waitOf(slot)
    const standing = {
      ready: ready.ready,
      readySince: ready.ready ? ready.since : null,
      waitsFor,
      layer: this.#boot.layerOf(slot.name),
    }
    const instead = waitsFor ?? this.#renewals.textOf(slot)
    if (instead !== null) return { ...view, ...standing, reason: instead }
    const isUnready = view.state === 'running' && !ready.ready && slot.definition.ready.kind !== 'delay'
    return isUnready ? { ...view, ...standing, reason: `not ready: ${ready.why}` } : { ...view, ...standing }
  }

  #redefined(): void {
    for (const slot of this.#roster.all()) this.#readiness.look(slot)
    this.#boot.redefine()
  }

  #slotChanged(slot: Slot): void {
    this.#readiness.look(slot)
    if (slot.state === 'backoff') this.#boot.holdBack(slot)
    this.#readinessChanged()
  }

  #readinessChanged(): void {
    this.#boot.lookSoon()
    this.#renewals.look()
    this.#firstBeats.look()
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
