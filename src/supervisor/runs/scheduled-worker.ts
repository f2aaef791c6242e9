import type { SchedulePolicy, WorkerDefinition } from '../../config/policy.ts'
import type { BreakerLimits } from '../../domain/breaker.ts'
import { type JrName, jrName } from '../../domain/ids.ts'
import { type PassedTimes, isSetAnew, passedTimes } from '../../domain/runs/passed-times.ts'
import type { Timetable } from '../../domain/runs/timetable.ts'
import { type WorkerEvent, nextWorkerState } from '../../domain/worker.ts'
import { BugError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { definitionHash } from '../definition-hash.ts'
import type { Execution } from './execution.ts'
import type { RunBook } from './run-book.ts'
import { RunBreaker } from './run-breaker.ts'
import { type ScheduleRecord, type StoredRun, type Ticket, freshRecord } from './schedule-record.ts'

/** A try at work: what is written of it, its process, and its end. */
export interface Work {
  stored: StoredRun
  execution: Execution
  /** Settles when it has ended and what follows is written down, or when it was let go of. */
  over: Promise<void>
}

export interface ScheduledWorkerDeps {
  book: RunBook
  clock: Clock
  breaker: BreakerLimits
}

/** One scheduled worker: its times, the runs that wait, and those at work. What it knows is on disk before it is acted upon. */
export class ScheduledWorker {
  readonly name: JrName
  readonly work = new Set<Work>()
  readonly breaker: RunBreaker
  definition: WorkerDefinition
  readonly #book: RunBook
  readonly #clock: Clock
  #record: ScheduleRecord
  #timetable: Timetable
  #nextAt: number | null = null
  #shed = false

  constructor(deps: ScheduledWorkerDeps, definition: WorkerDefinition, timetable: Timetable) {
    const { book, clock } = deps
    const nowMs = clock.wallMs()
    this.#book = book
    this.#clock = clock
    this.definition = definition
    this.name = jrName(definition.name)
    this.#timetable = timetable
    this.#record = book.load(definition.name) ?? freshRecord(scheduleText(this.schedule), nowMs)
    this.breaker = new RunBreaker(clock, deps.breaker, this.#record.breaker)
    // What the memory of an earlier daemon was short of is nothing to this one.
    if (this.#record.state === 'disabled_by_memory') this.move('reset', 'waits for its next time')
    // A probe that no daemon has seen end.
    if (this.#record.running.length === 0) this.breaker.toldNothing()
    this.#beginSchedule(nowMs)
    // From its first sight on a time that nobody is there for is a missed one.
    this.save()
  }

  get schedule(): SchedulePolicy {
    if (this.definition.schedule === undefined) throw new BugError(`${this.definition.name} has no schedule`)
    return this.definition.schedule
  }

  get record(): Readonly<ScheduleRecord> {
    return this.#record
  }

  get paused(): boolean {
    return this.#record.paused
  }

  /** A run of it may begin as soon as there is a place. */
  get isOpen(): boolean {
    return !this.#held && this.work.size < this.schedule.maxConcurrent && this.breaker.refusal === null
  }

  get #held(): boolean {
    return this.#record.paused || this.#shed
  }

  /** Of the wall clock; null: never again, or held. */
  get nextAt(): number | null {
    return this.#record.paused ? null : this.#nextAt
  }

  /** When a run may begin: of those that wait or are due, whichever comes first, and as its breaker allows. */
  get nextStartAt(): number | null {
    if (this.#record.paused) return null
    const ready = this.#record.waiting.map(({ readyAt }) => readyAt)
    const { waitMs } = this.breaker
    if (waitMs === null) return earliest([...ready, this.#nextAt])
    const openAt = this.#clock.wallMs() + waitMs
    const due = this.#timetable.next(Math.max(openAt - 1, this.#record.seenMs))
    return earliest([...ready.map((at) => Math.max(at, openAt)), due])
  }

  /** There is something to look at: a time has passed, or the clock is another one. */
  isDue(nowMs: number): boolean {
    if (this.#record.paused) return false
    return isSetAnew(this.#record.seenMs, nowMs) || (this.#nextAt !== null && this.#nextAt <= nowMs)
  }

  /** At work, or waiting for a place or another try. */
  get on(): number {
    return this.work.size + this.#record.waiting.length
  }

  /** New words for the same worker. Another schedule begins now: its past times are not made up for. */
  redefine(definition: WorkerDefinition, timetable: Timetable, nowMs: number): void {
    // What failed was another program.
    if (definitionHash(definition) !== definitionHash(this.definition))
      this.freshStart('its definition changed')
    this.definition = definition
    this.#timetable = timetable
    this.#beginSchedule(nowMs)
  }

  /** Its failures count no more. */
  freshStart(reason: string): void {
    this.breaker.close()
    if (this.#record.state === 'disabled_by_failure') this.move('reset', reason)
    else this.#change({})
  }

  /**
   * Deals with the times that have passed since it last looked. What `admit` makes of them waits from now on, and both are on
   * disk together: no crash loses one of these times or brings it twice. Answers by how much the clock was set back where that
   * is too much to be waited for, and what had been seen is forgotten.
   */
  look(nowMs: number, admit: (passed: PassedTimes) => Ticket[]): number {
    if (!this.isDue(nowMs)) return 0
    const { seenMs } = this.#record
    if (isSetAnew(seenMs, nowMs)) {
      this.#see(nowMs)
      return seenMs - nowMs
    }
    const passed = passedTimes(this.#timetable, this.#record.seenMs, nowMs, this.schedule.missed)
    if (passed.seenMs !== null) this.#see(passed.seenMs, admit(passed))
    return 0
  }

  add(tickets: readonly Ticket[]): void {
    this.#change({ waiting: [...this.#record.waiting, ...tickets] })
  }

  drop(ticket: Ticket): void {
    this.#change({ waiting: this.#record.waiting.filter((one) => one !== ticket) })
  }

  dropAll(reason: string): void {
    this.#change({ waiting: [] })
    if (this.#record.state === 'backoff') this.move('rest', reason)
  }

  /** The ticket becomes a try. */
  begin(stored: StoredRun): void {
    this.breaker.begin()
    this.#change({
      waiting: this.#record.waiting.filter((one) => one !== stored.ticket),
      running: [...this.#record.running, stored],
    })
  }

  /** Its process is known now. */
  identified(stored: StoredRun, identity: StoredRun['identity']): void {
    stored.identity = identity
    this.save()
  }

  /** The try is over: what became of it, and what it does to the worker's state (unless an operator holds that). */
  finish(stored: StoredRun, event: WorkerEvent, changes: Partial<ScheduleRecord>): void {
    const from = event === 'lack' ? 'starting' : 'stopping'
    const state = this.#held ? this.#record.state : nextWorkerState(from, event)
    if (state === undefined) throw new BugError(`a run that is ${from} cannot ${event}`)
    const reason = this.#held ? this.#record.reason : (changes.reason ?? this.#record.reason)
    const running = this.#record.running.filter((one) => one !== stored)
    this.#change({ ...changes, state, reason, running })
  }

  /** It was never begun: its ticket waits again. */
  takeBack(stored: StoredRun): void {
    this.breaker.toldNothing()
    this.#change({
      waiting: [...this.#record.waiting, stored.ticket],
      running: this.#record.running.filter((one) => one !== stored),
    })
  }

  /** From the state between two runs to another. */
  move(event: WorkerEvent, reason: string): void {
    const state = nextWorkerState(this.#record.state, event)
    if (state === undefined) throw new BugError(`${this.name} is ${this.#record.state} and cannot ${event}`)
    this.#change({ state, reason })
  }

  /** Its schedule is held, across daemons. What is at work goes on. */
  pause(reason: string): void {
    this.#change({ paused: true })
    this.move('hold', reason)
  }

  /** Times that passed while it was held are not made up for: that is what holding is for. */
  resume(nowMs: number): void {
    this.breaker.close()
    this.#change({ paused: false })
    this.move('resume', 'resumed')
    if (this.#shed) this.move('shed', 'resumed, but there is no memory for it')
    this.#see(Math.max(nowMs, this.#record.seenMs))
  }

  /** There is no memory for it: nothing of it begins until it is let back. */
  shed(reason: string): void {
    this.#shed = true
    if (!this.paused) this.move('shed', reason)
  }

  letBack(reason: string): void {
    if (!this.#shed) return
    this.#shed = false
    if (!this.paused) this.move('reset', reason)
  }

  /** The lowest place that no try has. */
  freeSlot(): number {
    const taken = new Set([...this.work].map(({ stored }) => stored.slot))
    let slot = 1
    while (taken.has(slot)) slot += 1
    return slot
  }

  save(): void {
    this.#book.save(this.name, this.#record)
  }

  #beginSchedule(nowMs: number): void {
    const schedule = scheduleText(this.schedule)
    if (this.#record.schedule !== schedule) this.#change({ schedule, seenMs: nowMs })
    this.#nextAt = this.#timetable.next(this.#record.seenMs)
  }

  #see(seenMs: number, tickets: readonly Ticket[] = []): void {
    this.#change({ seenMs, waiting: [...this.#record.waiting, ...tickets] })
    this.#nextAt = this.#timetable.next(seenMs)
  }

  /** The only way in which the record changes. */
  #change(changes: Partial<ScheduleRecord>): void {
    this.#record = { ...this.#record, ...changes, breaker: this.breaker.stored }
    this.save()
  }
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** What the seen times are about. */
function scheduleText({ cron, timezone }: SchedulePolicy): string {
  return timezone === null ? cron : `${cron} ${timezone}`
}

/** Wanted by the schedule, and no try of it has begun. */
export function isUnbegun(ticket: Ticket): boolean {
  return ticket.due !== null && ticket.attempts === 0
}
