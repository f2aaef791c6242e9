import { type Lack, type Standing, describeLacks, lateIn, waitOf } from '../../domain/boot.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { BootMembers, type BootRoster } from './boot-members.ts'
import { waitText } from '../slot/exit-text.ts'
import { type Readiness, labelOf } from './readiness.ts'
import type { Slot } from '../slot/slot.ts'
import type { SlotBook } from '../slot/slot-book.ts'

export interface BootDeps {
  clock: Clock
  logger: Logger
  readiness: Readiness
  book: SlotBook
  /** Somebody waits, or for something else than before. */
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
  /** By the monotonic clock: it ran before, and starts then even without its dependencies. Infinite: it waits on. */
  untilMs: number
}

/**
 * Says when a slot may start: layer by layer, and each worker after its own dependencies (spec §4, Boot). Nobody waits here:
 * each change of a worker lets those begin that waited for it. Who is late holds up its dependents alone: the others go on
 * once the time of the layer is over.
 */
export class Boot {
  readonly #deps: BootDeps
  readonly #members: BootMembers
  readonly #waiting = new Map<Slot, Waiting>()
  /** What a look has found out, until it changes something: many wait for the same ones. */
  readonly #standings = new Map<string, Standing | undefined>()
  #lateNow: readonly Lack[] | null = null
  #openLayer = 1
  /** When the layer that is open was opened. */
  #openedMs = 0
  #reportDueMs = 0
  #begun = false
  #timer: Timer | null = null
  #looking = false
  #isSoon = false
  /** Somebody waits for something else than before. */
  #isNews = false
  #closed = false

  constructor(deps: BootDeps, roster: BootRoster) {
    this.#deps = deps
    this.#members = new BootMembers(roster, deps.readiness)
    this.#members.redefine()
  }

  /** All that are to start have asked: the first layer begins. */
  begin(): void {
    this.#begun = true
    this.#open(1)
    this.look()
  }

  /** The definitions are others than they were. What is open stays open: who is new waits for its own dependencies alone. */
  redefine(): void {
    const wasOver = this.#begun && this.#isOver
    this.#members.redefine()
    if (wasOver) this.#openLayer = Math.max(this.#openLayer, this.#members.highestLayer)
    this.look()
  }

  layerOf(name: string): number {
    return this.#members.layerOf(name)
  }

  /**
   * Starts a slot as soon as it may. `atMostMs` is for one that ran before: it starts after that time in any case, for a
   * dependency that never comes back must not keep it down for ever.
   */
  ask(slot: Slot, atMostMs = Number.POSITIVE_INFINITY): void {
    const isUp = slot.state === 'starting' || slot.state === 'running'
    if (this.#closed || isUp || this.#waiting.has(slot)) return
    const nowMs = this.#nowMs
    if (this.#waiting.size === 0 && this.#isOver) this.#reportDueMs = nowMs + reportMs
    this.#waiting.set(slot, { why: null, isTold: false, untilMs: nowMs + atMostMs })
    this.look()
  }

  /** Starts a slot now: an operator knows better. */
  force(slot: Slot): void {
    if (this.#closed) return
    const why = this.waitOf(slot)
    this.cancel(slot)
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
    this.#forgetStandings()
    const lacking = slot.definition.dependsOn.filter((name) => !this.#isReady(name))
    const wait = this.#waitFor(slot)
    if (lacking.length === 0 || wait === null) return
    const untilStartMs = (slot.view().nextStartAt ?? 0) - this.#deps.clock.wallMs()
    // It settles when the slot is at rest, which is of no interest here.
    void slot.end('rest', wait)
    this.ask(slot, Math.max(untilStartMs, this.#members.patienceMs(lacking)))
  }

  /** Something changed. What changes in one turn is looked at once. */
  lookSoon(): void {
    if (this.#isSoon || !this.#isAtWork) return
    this.#isSoon = true
    void Promise.resolve().then(() => {
      this.#isSoon = false
      this.look()
    })
  }

  /** Lets go on who may. */
  look(): void {
    if (!this.#isAtWork) return
    if (this.#looking) return this.lookSoon()
    this.#looking = true
    this.#forgetStandings()
    // A round admits somebody or opens a layer, so there are no more rounds than slots and layers.
    while (this.#admit() || this.#openNext());
    this.#looking = false
    if (this.#isNews) this.#deps.changed()
    this.#isNews = false
    this.#report()
    this.#arm()
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#timer?.cancel()
  }

  get #nowMs(): number {
    return this.#deps.clock.monotonicMs()
  }

  get #isAtWork(): boolean {
    return this.#begun && !this.#closed && (this.#waiting.size > 0 || !this.#isOver)
  }

  /** All layers are open. */
  get #isOver(): boolean {
    return this.#openLayer >= this.#members.highestLayer
  }

  /** True when somebody was let go on. */
  #admit(): boolean {
    let admitted = false
    for (const [slot, waiting] of this.#waiting) {
      const wait = this.#waitFor(slot)
      if (wait !== null && this.#nowMs < waiting.untilMs) {
        this.#note(slot, waiting, wait)
        continue
      }
      this.cancel(slot)
      this.#forgetStandings()
      admitted = true
      if (wait !== null) this.#warn(slot, `starts again without waiting longer: it ${wait}`)
      slot.run()
    }
    return admitted
  }

  #note(slot: Slot, waiting: Waiting, wait: string): void {
    // Who waits for its layer alone is told of by the layer.
    if (!waiting.isTold && this.layerOf(slot.name) <= this.#openLayer) {
      waiting.isTold = true
      const message = `${labelOf(slot.name, slot.number)} ${wait}`
      this.#deps.book.tell('worker.waiting', 'info', slot.name, message, { slot: slot.number })
    }
    if (waiting.why === wait) return
    waiting.why = wait
    this.#isNews = true
  }

  /** True when the layer that was open lets the next one begin. */
  #openNext(): boolean {
    if (this.#isOver) return false
    // Who was to start a moment ago may be known to wait by now, for somebody who never comes.
    this.#forgetStandings()
    const late = this.#late()
    if (this.#nowMs < this.#deadlineOf(late)) return false
    const { logger } = this.#deps
    const tookMs = this.#nowMs - this.#openedMs
    const [layer, next] = [this.#openLayer, this.#openLayer + 1]
    if (late.length === 0)
      logger.info({ layer, tookMs }, `Layer ${layer} is up after ${waitText(tookMs)}; layer ${next} starts`)
    else
      logger.warn(
        { layer, tookMs },
        `Layer ${layer} is not ready after ${waitText(tookMs)}, layer ${next} starts without ${describeLacks(late)}`,
      )
    this.#open(next)
    return true
  }

  #open(layer: number): void {
    this.#openLayer = layer
    this.#forgetStandings()
    this.#openedMs = this.#nowMs
    this.#reportDueMs = this.#nowMs + reportMs
  }

  /** Whom the layer that is open still waits for. */
  #late(): readonly Lack[] {
    this.#lateNow ??= lateIn(this.#openLayer, this.#members.all, (name) => this.#standingOf(name))
    return this.#lateNow
  }

  #forgetStandings(): void {
    this.#standings.clear()
    this.#lateNow = null
  }

  /** A layer has as much time as the most patient of those who are late. */
  #deadlineOf(late: readonly Lack[]): number {
    return this.#openedMs + this.#members.patienceMs(late.map(({ name }) => name))
  }

  #waitFor(slot: Slot): string | null {
    const member = this.#members.of(slot)
    const { layer } = member
    // Whose layer is open has no use for the list of those who are late.
    const late = layer <= this.#openLayer ? [] : this.#late()
    return waitOf(member, (name) => this.#standingOf(name), { layer: this.#openLayer, late })
  }

  #isReady(name: string): boolean {
    return (this.#standingOf(name)?.kind ?? 'ready') === 'ready'
  }

  #standingOf(name: string): Standing | undefined {
    if (!this.#standings.has(name))
      this.#standings.set(
        name,
        this.#members.standingOf(name, (slot) => this.#standingOfWaiting(slot)),
      )
    return this.#standings.get(name)
  }

  #standingOfWaiting(slot: Slot): Standing | undefined {
    const waiting = this.#waiting.get(slot)
    if (waiting === undefined) return undefined
    if (waiting.why === null) return { kind: 'coming', why: 'it is to start' }
    const isItsTurn = this.layerOf(slot.name) <= this.#openLayer
    return { kind: isItsTurn ? 'blocked' : 'coming', why: `it ${waiting.why}` }
  }

  #report(): void {
    if (this.#nowMs < this.#reportDueMs) return
    const late = this.#late()
    const isHopeless = this.#isOver && this.#nowMs >= this.#deadlineOf(late)
    this.#reportDueMs = this.#nowMs + (isHopeless ? laterReportMs : reportMs)
    if (this.#waiting.size === 0) return
    const waitedMs = this.#nowMs - this.#openedMs
    const what = this.#isOver
      ? `Not started yet: ${describeLacks([...this.#waiting].map(([slot, { why }]) => lackOf(slot, why)))}`
      : `Layer ${this.#openLayer} is not ready after ${waitText(waitedMs)}: ${describeLacks(late)}`
    this.#deps.logger.warn({ layer: this.#openLayer, waiting: this.#waiting.size }, what)
  }

  /** Sleeps until time alone changes something: a delay that is over, a layer's end, the next report. */
  #arm(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (!this.#isAtWork) return
    const ends = [...this.#waiting.values()].map(({ untilMs }) => untilMs)
    const layerEndMs = this.#isOver ? Number.POSITIVE_INFINITY : this.#deadlineOf(this.#late())
    const dueMs = this.#nowMs + this.#members.nextDueMs()
    const nextMs = Math.min(this.#reportDueMs, layerEndMs, dueMs, ...ends)
    this.#timer = this.#deps.clock.after(Math.max(1, nextMs - this.#nowMs), () => this.look(), {
      background: true,
    })
  }

  #warn(slot: Slot, what: string): void {
    this.#deps.logger.warn(
      { worker: slot.name, slot: slot.number },
      `${labelOf(slot.name, slot.number)} ${what}`,
    )
  }
}

function lackOf(slot: Slot, why: string | null): Lack {
  return { name: labelOf(slot.name, slot.number), why: why ?? 'it is to start' }
}
