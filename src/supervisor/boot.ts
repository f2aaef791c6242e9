import type { WorkerDefinition } from '../config/policy.ts'
import { type BootMember, type Lack, type Standing, describeLacks, lateIn, waitOf } from '../domain/boot.ts'
import { isUnhealthy, layersOf, stateOfAll } from '../domain/dependencies.ts'
import { type JrName, jrName } from '../domain/ids.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { waitText } from './exit-text.ts'
import { type Readiness, labelOf } from './readiness.ts'
import type { Slot } from './slot.ts'
import type { SlotBook } from './slot-book.ts'

/** What the boot asks of the roster. */
export interface BootRoster {
  definitions(): readonly WorkerDefinition[]
  of(name: JrName): readonly Slot[]
}

export interface BootDeps {
  clock: Clock
  logger: Logger
  readiness: Readiness
  book: SlotBook
  /** Somebody waits, or no longer does. */
  changed(): void
}

/** Who is being waited for is told so often while a layer is late … */
const reportMs = 10_000
/** … and so often once it is clear that this will take somebody's help. */
const laterReportMs = 300_000

interface Waiting {
  /** Plain words; null as long as nobody has looked. */
  why: string | null
  /** That it waits for others than its layer is on record. */
  isTold: boolean
  /** By the monotonic clock. */
  sinceMs: number
  /** It ran before, and starts after so long even without its dependencies; null: it waits for as long as they take. */
  atMostMs: number | null
}

/**
 * Says when a slot may start: layer by layer, and each worker after its own dependencies (spec §4, Boot). Nobody waits here:
 * each change of a worker lets those begin that waited for it. Who is late holds up its dependents alone: the others go on
 * once the time of the layer is over.
 */
export class Boot {
  readonly #deps: BootDeps
  readonly #roster: BootRoster
  readonly #waiting = new Map<Slot, Waiting>()
  #members: BootMember[] = []
  #definitions = new Map<string, WorkerDefinition>()
  #openLayer = 1
  /** When the layer that is open was opened. */
  #openedMs: number
  #reportDueMs: number
  #begun = false
  #timer: Timer | null = null
  #looking = false
  #again = false
  #closed = false

  constructor(deps: BootDeps, roster: BootRoster) {
    this.#deps = deps
    this.#roster = roster
    this.#openedMs = deps.clock.monotonicMs()
    this.#reportDueMs = this.#openedMs + reportMs
    this.redefine()
  }

  /** All that are to start have asked: the first layer begins. */
  begin(): void {
    this.#begun = true
    this.#openedMs = this.#deps.clock.monotonicMs()
    this.#reportDueMs = this.#openedMs + reportMs
    this.look()
  }

  /** The definitions are others than they were. What is open stays open. */
  redefine(): void {
    const definitions = this.#roster.definitions()
    const layers = layersOf(definitions)
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]))
    this.#members = definitions.map(({ name, dependsOn }) => ({
      name,
      dependsOn,
      layer: layers.get(name) ?? 1,
    }))
    this.look()
  }

  layerOf(name: string): number {
    return this.#members.find((member) => member.name === name)?.layer ?? 1
  }

  /**
   * Starts a slot as soon as it may. `atMostMs` is for one that ran before: it starts after that time in any case, for a
   * dependency that never comes back must not keep it down for ever.
   */
  ask(slot: Slot, atMostMs: number | null = null): void {
    if (this.#closed || this.#waiting.has(slot)) return
    const nowMs = this.#deps.clock.monotonicMs()
    if (this.#waiting.size === 0 && this.#isOver) this.#reportDueMs = nowMs + reportMs
    this.#waiting.set(slot, { why: null, isTold: false, sinceMs: nowMs, atMostMs })
    this.look()
  }

  /** Starts a slot now: an operator knows better. */
  force(slot: Slot): void {
    if (this.#closed) return
    const why = this.#waiting.get(slot)?.why ?? null
    this.#waiting.delete(slot)
    if (why !== null) this.#warn(slot, `is started by an operator although it ${why}`)
    slot.run()
  }

  /** It is not to start any more. */
  cancel(slot: Slot): void {
    this.#waiting.delete(slot)
  }

  /** What a slot waits for, in plain words; null: for nothing. */
  waitOf(slot: Slot): string | null {
    return this.#waiting.get(slot)?.why ?? null
  }

  /**
   * A slot ended and would start again soon: while a dependency of it is not ready, it waits for that instead. Not for ever:
   * once the dependency had its time, it starts without it, for the one that fell may be of use to others only.
   */
  holdBack(slot: Slot): void {
    if (this.#closed || this.#waiting.has(slot)) return
    const { dependsOn } = slot.definition
    const lacking = dependsOn.filter((name) => (this.#standingOf(name)?.kind ?? 'ready') !== 'ready')
    if (lacking.length === 0) return
    const timeouts = lacking.map((name) => this.#definitions.get(name)?.readyTimeoutMs ?? 0)
    const untilStartMs = (slot.view().nextStartAt ?? 0) - this.#deps.clock.wallMs()
    const wait = this.#waitOf(this.#memberOf(slot))
    // It settles when the slot is at rest, which is of no interest here.
    void slot.end('rest', wait ?? 'waits for its dependencies')
    this.ask(slot, Math.max(untilStartMs, ...timeouts))
  }

  /** Something changed: lets go on who may. */
  look(): void {
    if (!this.#begun || this.#closed || (this.#waiting.size === 0 && this.#isOver)) return
    if (this.#looking) {
      this.#again = true
      return
    }
    this.#looking = true
    // A round admits somebody or opens a layer, so there are no more rounds than slots and layers.
    do this.#again = false
    while (this.#admit() || this.#openNext() || this.#again)
    this.#looking = false
    this.#report()
    this.#arm()
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#timer?.cancel()
  }

  get #isOver(): boolean {
    return this.#openLayer >= this.#highestLayer
  }

  get #highestLayer(): number {
    return Math.max(1, ...this.#members.map(({ layer }) => layer))
  }

  /** True when somebody was let go on. */
  #admit(): boolean {
    const nowMs = this.#deps.clock.monotonicMs()
    let admitted = false
    for (const [slot, waiting] of this.#waiting) {
      const wait = this.#waitOf(this.#memberOf(slot))
      const isOver = waiting.atMostMs !== null && nowMs >= waiting.sinceMs + waiting.atMostMs
      if (wait !== null && !isOver) {
        this.#note(slot, waiting, wait)
        continue
      }
      this.#waiting.delete(slot)
      admitted = true
      if (wait !== null) this.#warn(slot, `starts again without waiting longer: it ${wait}`)
      slot.run()
    }
    return admitted
  }

  #note(slot: Slot, waiting: Waiting, wait: string): void {
    // Who waits for its layer alone is told of by the layer.
    if (!waiting.isTold && this.#memberOf(slot).layer <= this.#openLayer) {
      waiting.isTold = true
      this.#deps.book.tell(
        'worker.waiting',
        'info',
        slot.name,
        `${labelOf(slot.name, slot.number)} ${wait}`,
        {
          slot: slot.number,
        },
      )
    }
    if (waiting.why === wait) return
    waiting.why = wait
    this.#deps.changed()
  }

  /** True when the layer that was open lets the next one begin. */
  #openNext(): boolean {
    if (this.#isOver) return false
    const nowMs = this.#deps.clock.monotonicMs()
    const late = this.#late()
    if (nowMs < this.#deadlineOf(late)) return false
    const [layer, tookMs] = [this.#openLayer, nowMs - this.#openedMs]
    const fields = { layer, tookMs }
    const { logger } = this.#deps
    if (late.length === 0)
      logger.info(fields, `Layer ${layer} is up after ${waitText(tookMs)}; layer ${layer + 1} starts`)
    else
      logger.warn(
        fields,
        `Layer ${layer} is not ready after ${waitText(tookMs)}, layer ${layer + 1} starts without ${describeLacks(late)}`,
      )
    this.#openLayer += 1
    this.#openedMs = nowMs
    this.#reportDueMs = nowMs + reportMs
    return true
  }

  /** Whom the layer that is open still waits for. */
  #late(): Lack[] {
    return lateIn(this.#openLayer, this.#members, (name) => this.#standingOf(name))
  }

  /** A layer has as much time as the most patient of those who are late. */
  #deadlineOf(late: readonly Lack[]): number {
    const timeouts = late.map(({ name }) => this.#definitions.get(name)?.readyTimeoutMs ?? 0)
    return this.#openedMs + Math.max(0, ...timeouts)
  }

  #memberOf({ name, definition }: Slot): BootMember {
    const known = this.#members.find((member) => member.name === name)
    return known ?? { name, dependsOn: definition.dependsOn, layer: 1 }
  }

  #waitOf(member: BootMember): string | null {
    return waitOf(member, this.#members, (name) => this.#standingOf(name), this.#openLayer)
  }

  /** A worker is as far as the one of its instances that is furthest. */
  #standingOf(name: string): Standing | undefined {
    const definition = this.#definitions.get(name)
    // Not kept running here: a scheduled worker, whose health its dependents' runs ask for.
    if (definition === undefined) return undefined
    const slots = this.#roster.of(jrName(name))
    if (slots.length === 0) return { kind: 'out', why: 'it has no instances' }
    if (slots.some((slot) => this.#deps.readiness.of(slot).ready || isDone(slot))) return { kind: 'ready' }
    const waits = slots.map((slot) => this.#waiting.get(slot)).filter((one) => one !== undefined)
    const [waiting] = waits
    if (waiting !== undefined && waits.length === slots.length) return this.#standingOfWaiting(name, waiting)
    return standingOfStarted(slots, this.#deps.readiness)
  }

  #standingOfWaiting(name: string, { why }: Waiting): Standing {
    const layer = this.#members.find((member) => member.name === name)?.layer ?? 1
    return {
      kind: layer <= this.#openLayer && why !== null ? 'blocked' : 'coming',
      why: why === null ? 'it is to start' : `it ${why}`,
    }
  }

  #report(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    if (this.#waiting.size === 0 || nowMs < this.#reportDueMs) return
    const waitedMs = nowMs - this.#openedMs
    const late = this.#late()
    this.#reportDueMs = nowMs + (this.#isOver && nowMs >= this.#deadlineOf(late) ? laterReportMs : reportMs)
    const fields = { layer: this.#openLayer, waiting: this.#waiting.size, waitedMs }
    if (!this.#isOver) {
      const what = `Layer ${this.#openLayer} is not ready after ${waitText(waitedMs)}: ${describeLacks(late)}`
      return this.#deps.logger.warn(fields, what)
    }
    const lacks = [...this.#waiting].map(([{ name, number }, { why }]) => ({
      name: labelOf(name, number),
      why: why ?? '',
    }))
    this.#deps.logger.warn(fields, `Not started yet: ${describeLacks(lacks)}`)
  }

  /** Sleeps until time alone changes something: a delay that is over, a layer's end, the next report. */
  #arm(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (this.#closed || (this.#waiting.size === 0 && this.#isOver)) return
    const { clock, readiness } = this.#deps
    const nowMs = clock.monotonicMs()
    const ends = [...this.#waiting.values()].flatMap(({ sinceMs, atMostMs }) =>
      atMostMs === null ? [] : [sinceMs + atMostMs],
    )
    const delays = this.#members
      .flatMap(({ name }) => this.#roster.of(jrName(name)))
      .map((slot) => readiness.dueInMs(slot))
      .flatMap((dueMs) => (dueMs === null ? [] : [nowMs + dueMs]))
    const layerEnd = this.#isOver ? [] : [this.#deadlineOf(this.#late())]
    const nextMs = Math.min(this.#reportDueMs, ...ends, ...delays, ...layerEnd)
    this.#timer = clock.after(Math.max(1, nextMs - nowMs), () => this.look(), { background: true })
  }

  #warn(slot: Slot, what: string): void {
    this.#deps.logger.warn(
      { worker: slot.name, slot: slot.number },
      `${labelOf(slot.name, slot.number)} ${what}`,
    )
  }
}

/** It did what it was for: no restart is due after a clean end. */
function isDone(slot: Slot): boolean {
  return (
    slot.state === 'stopped' &&
    slot.definition.restart !== 'always' &&
    slot.view().reason === 'exited cleanly'
  )
}

function standingOfStarted(slots: readonly Slot[], readiness: Readiness): Standing {
  const state = stateOfAll(slots.map((slot) => slot.state)) ?? 'stopped'
  const best = slots.find((slot) => slot.state === state)
  const ready = best === undefined ? null : readiness.of(best)
  const why = ready === null || ready.ready ? `it is ${state}` : ready.why
  const isOut = isUnhealthy(state) || state === 'stopped' || state === 'paused'
  return { kind: isOut ? 'out' : 'coming', why }
}
