import type { JrName } from '../../domain/ids.ts'
import { refusal } from '../../domain/runs/admission.ts'
import { type PassedTimes, lateMs } from '../../domain/runs/passed-times.ts'
import { nextRun } from '../../domain/runs/run-queue.ts'
import { QueueFigures } from './queue-figures.ts'
import type { RunBook } from './run-book.ts'
import type { RunFigures, RunsDeps } from './runs.ts'
import type { Ticket } from './schedule-record.ts'
import { isUnbegun, type ScheduledWorker } from './scheduled-worker.ts'
import { timeText } from './time-text.ts'

export interface ExecutionQueueDeps extends Pick<
  RunsDeps,
  'clock' | 'logger' | 'policy' | 'unhealthy' | 'depthOf'
> {
  book: RunBook
  workers(): Iterable<ScheduledWorker>
  begin(worker: ScheduledWorker, ticket: Ticket): void
  /** A run that had begun once and is not tried again. */
  giveUp(worker: ScheduledWorker, ticket: Ticket, why: string): void
}

/** Where the runs of all workers wait for their turn (spec §4): bounded in length, and in how many of them are at work. */
export class ExecutionQueue {
  readonly #deps: ExecutionQueueDeps
  readonly #figures: QueueFigures

  constructor(deps: ExecutionQueueDeps) {
    this.#deps = deps
    this.#figures = new QueueFigures(deps.policy.runQueue, (message) => deps.logger.warn({}, message))
  }

  /** Makes tickets of the times that passed; tells of those that are missed or skipped. */
  admit(worker: ScheduledWorker, passed: PassedTimes): Ticket[] {
    const nowMs = this.#deps.clock.wallMs()
    const isWaiting = worker.record.waiting.some(isUnbegun)
    const tickets: Ticket[] = []
    let { missed } = passed
    for (const due of passed.due) {
      const late = nowMs - due > lateMs
      // One that waits already makes up for all that were missed.
      if (late && isWaiting && worker.schedule.missed === 'once') missed += 1
      else {
        const why = worker.breaker.refusal ?? this.#refusal(worker, late, tickets.length)
        if (why === null) tickets.push(this.#ticket(due, 'schedule', nowMs))
        else this.#skipped(worker.name, due, why, isKnown(worker) ? 'info' : 'warn')
      }
    }
    if (missed > 0) this.#missed(worker, missed, passed.uncounted)
    return tickets
  }

  /** Takes in a run that somebody asks for; `patient`: it may wait for those that are on. Answers why not, or null. */
  ask(worker: ScheduledWorker, by: string, patient: boolean): string | null {
    const unhealthy = this.#deps.unhealthy(worker.definition)
    if (unhealthy.length > 0) return `${worker.name} depends on ${list(unhealthy)}`
    const why = this.#refusal(worker, patient, 0)
    if (why !== null) return `${worker.name} is not run: ${why}`
    worker.add([this.#ticket(null, by, this.#deps.clock.wallMs())])
    return null
  }

  /** Begins what may begin, in order. Each round takes one run out of the queue. */
  dispatch(): void {
    this.#figures.size(this.#waiting())
    while (this.#running() < this.#deps.policy.runConcurrency) {
      const nowMs = this.#deps.clock.wallMs()
      const next = nextRun(this.#waitingRuns(), ({ worker, ticket }) => this.#mayBegin(worker, ticket, nowMs))
      if (next === undefined) return
      this.#begin(next.worker, next.ticket, nowMs)
    }
  }

  /** When something that waits for its time may begin; null: nothing waits so. */
  nextReadyAt(): number | null {
    const nowMs = this.#deps.clock.wallMs()
    const times = [...this.#waitingRuns()]
      .map(({ ticket, worker }) => Math.max(ticket.readyAt, nowMs + (worker.breaker.waitMs ?? 0)))
      .filter((at) => at > nowMs)
    return times.length === 0 ? null : Math.min(...times)
  }

  figures(): RunFigures {
    const nowMs = this.#deps.clock.wallMs()
    const waits = [...this.#waitingRuns()].map(({ ticket }) => nowMs - ticket.readyAt)
    return this.#figures.read({
      waiting: waits.length,
      running: this.#running(),
      oldestWaitMs: Math.max(0, ...waits),
    })
  }

  #mayBegin(worker: ScheduledWorker, ticket: Ticket, nowMs: number): boolean {
    if (!worker.isOpen) return false
    const waitMs = ticket.readyAt - nowMs
    // No wait is that long: the clock was set back while it waited.
    return ticket.attempts === 0 || waitMs <= 0 || waitMs > this.#deps.policy.backoffMaxMs
  }

  #begin(worker: ScheduledWorker, ticket: Ticket, nowMs: number): void {
    const unhealthy = this.#deps.unhealthy(worker.definition)
    if (unhealthy.length === 0) {
      this.#figures.begun(worker.name, Math.max(0, nowMs - ticket.readyAt))
      return this.#deps.begin(worker, ticket)
    }
    const why = `it depends on ${list(unhealthy)}`
    worker.drop(ticket)
    this.#deps.book.tell('agent.dependencies.unhealthy', 'warn', worker.name, `${worker.name}: ${why}`, {
      agent: worker.name,
      unhealthyDeps: unhealthy.map(({ name, state }) => ({ dep: name, reason: state })),
    })
    this.#skipped(worker.name, ticket.due, why)
    if (ticket.attempts > 0) this.#deps.giveUp(worker, ticket, why)
  }

  #refusal(worker: ScheduledWorker, catchingUp: boolean, justTaken: number): string | null {
    const { maxConcurrent, overlap } = worker.schedule
    return refusal({
      // Those of one look do not stand in each other's way: the policy has asked for each of them.
      on: worker.on,
      maxConcurrent,
      overlap,
      catchingUp,
      waiting: this.#waiting() + justTaken,
      queueMax: this.#deps.policy.runQueue,
    })
  }

  #ticket(due: number | null, by: string, nowMs: number): Ticket {
    const since = due ?? nowMs
    return { number: this.#deps.book.nextNumber(), due, by, since, readyAt: since, attempts: 0, error: null }
  }

  #skipped(name: JrName, due: number | null, why: string, level: 'info' | 'warn' = 'warn'): void {
    this.#figures.skipped()
    const what = due === null ? 'a run that was asked for' : `the run due ${timeText(due)}`
    this.#deps.book.tell('run.skipped', level, name, `${name}: ${what} is skipped: ${why}`, { due, why })
  }

  #missed(worker: ScheduledWorker, count: number, uncounted: boolean): void {
    const { missed } = worker.schedule
    this.#figures.missed(count)
    const times = `${uncounted ? `${count} or more` : count} ${count === 1 ? 'time' : 'times'}`
    const message = `${worker.name}: ${times} passed without a run (missed = "${missed}")`
    this.#deps.book.tell('run.missed', 'warn', worker.name, message, { count, uncounted, policy: missed })
  }

  *#waitingRuns() {
    for (const worker of this.#deps.workers()) {
      const { priority } = worker.definition
      const depth = this.#deps.depthOf(worker.definition)
      for (const ticket of worker.record.waiting) {
        yield { worker, ticket, priority, depth, since: ticket.since, number: ticket.number }
      }
    }
  }

  #waiting(): number {
    return sum(this.#deps.workers(), (worker) => worker.record.waiting.length)
  }

  #running(): number {
    return sum(this.#deps.workers(), (worker) => worker.work.size)
  }
}

/** What the configuration asks for, or was told before, is no reason to warn, every second perhaps. */
function isKnown({ breaker, on }: ScheduledWorker): boolean {
  return on > 0 || breaker.refusal !== null
}

function list(unhealthy: readonly { name: string; state: string }[]): string {
  return unhealthy.map(({ name, state }) => `${name} (${state})`).join(', ')
}

function sum<Item>(items: Iterable<Item>, of: (item: Item) => number): number {
  let all = 0
  for (const item of items) all += of(item)
  return all
}
