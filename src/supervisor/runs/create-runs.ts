import type { WorkerDefinition } from '../../config/policy.ts'
import { type JrName, jrName } from '../../domain/ids.ts'
import type { WorkerView } from '../../domain/worker.ts'
import { messageOf } from '../../errors.ts'
import type { HeartbeatAge, StopReport, WorkerCommand, WorkerVerdict } from '../supervisor.ts'
import { unconfigured } from '../unconfigured.ts'
import { waitText } from '../slot/exit-text.ts'
import { UsageSampler } from '../usage-sampler.ts'
import { ExecutionQueue } from './execution-queue.ts'
import { heldReason, obeyRun } from './obey-run.ts'
import { RunBook } from './run-book.ts'
import { runBreakerLimits } from './run-breaker.ts'
import { runViews } from './run-views.ts'
import { RunWork } from './run-work.ts'
import type { RunFigures, Runs, RunsDeps } from './runs.ts'
import type { Ticket } from './schedule-record.ts'
import { ScheduledWorker, type ScheduledWorkerDeps, type Work } from './scheduled-worker.ts'
import { Ticker } from './ticker.ts'

/** Who is being waited for at a stop is told so often. */
const reportEveryMs = 1000

/**
 * Workers whose times are dealt with in one go, each with a write to the disk: a thousand that are due at the full hour do not
 * hold up everybody else.
 */
const looksAtOnce = 25

/** Runs the scheduled workers of the definitions at their times, once it is started (spec §4). */
export function createRuns(deps: RunsDeps): Runs {
  return new ScheduledRuns(deps)
}

/** Holds the workers, and turns time, commands and ends into looks at them and at the queue. */
class ScheduledRuns implements Runs {
  readonly #deps: RunsDeps
  readonly #book: RunBook
  readonly #queue: ExecutionQueue
  readonly #work: RunWork
  readonly #ticker: Ticker
  /** As long as something is at work. */
  #sampler: UsageSampler | null = null
  readonly #workers = new Map<JrName, ScheduledWorker>()
  /** No longer configured, until nothing of them is left. */
  readonly #leaving = new Set<ScheduledWorker>()
  readonly #listeners = new Set<() => void>()
  #phase: 'made' | 'open' | 'closed' = 'made'
  #adopted: Promise<void> | null = null
  #reloading: Promise<void> = Promise.resolve()
  #stopping: Promise<StopReport> | null = null

  constructor(deps: RunsDeps) {
    this.#deps = deps
    this.#book = new RunBook(deps)
    this.#ticker = new Ticker(deps.clock, () => this.#tick())
    this.#work = new RunWork(deps, this.#book, {
      changed: () => this.#changed(),
      started: () => this.#watchUsage(),
      ended: () => this.#ended(),
    })
    this.#queue = new ExecutionQueue({
      ...deps,
      book: this.#book,
      workers: () => this.#everyone(),
      begin: (worker, ticket) => this.#work.begin(worker, ticket),
      giveUp: (worker, ticket, why) => this.#giveUp(worker, ticket, why),
    })
    for (const definition of deps.definitions) this.#define(definition)
  }

  async adopt(): Promise<void> {
    this.#adopted ??= this.#adoptAll()
    await this.#adopted
  }

  async start(): Promise<void> {
    await this.adopt()
    if (this.#phase !== 'made') return
    this.#phase = 'open'
    this.#tick()
  }

  closeSchedules(): void {
    this.#phase = 'closed'
    this.#ticker.stop()
  }

  stop(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs = 0,
  ): Promise<StopReport> {
    if (this.#stopping !== null) {
      for (const { execution } of this.#allWork()) execution.hurry()
      return this.#stopping
    }
    this.closeSchedules()
    this.#sampler?.stop()
    this.#stopping = this.#stopAll(mode, report, finishGraceMs)
    return this.#stopping
  }

  views(): WorkerView[] {
    return [...this.#everyone()].flatMap((worker) => this.#viewsOf(worker))
  }

  configured(): JrName[] {
    return [...this.#workers.keys()]
  }

  /** A run is judged by its time alone. */
  heartbeats(_ages: readonly HeartbeatAge[]): void {}

  async command(name: JrName, command: WorkerCommand): Promise<WorkerVerdict> {
    await this.#adopted
    const worker = this.#workers.get(name)
    if (worker === undefined) return { kind: 'not_found', known: this.configured() }
    if (this.#phase === 'closed') return { kind: 'refused', reason: 'jrctl is shutting down' }
    const reason = await obeyRun(worker, command, {
      nowMs: () => this.#deps.clock.wallMs(),
      runNow: (_, by) => this.runNow(name, by),
      rescheduled: () => this.#turn(),
    })
    this.#changed()
    if (reason !== null) return { kind: 'refused', reason }
    return { kind: 'done', workers: this.#viewsOf(worker) }
  }

  runNow(name: JrName, by: string, patient = false): string | null {
    const worker = this.#workers.get(name)
    if (worker === undefined) return `${name} is not a scheduled worker of this configuration`
    if (this.#phase === 'closed') return 'jrctl is shutting down'
    if (worker.paused) return heldReason(name)
    worker.letBack('an operator wants it')
    worker.freshStart('an operator wants it')
    const why = this.#queue.ask(worker, by, patient)
    if (why === null) this.#turn()
    return why
  }

  reload(definitions: readonly WorkerDefinition[]): Promise<void> {
    // One after the other: a worker that comes back finds nothing of its former self.
    this.#reloading = this.#reloading.then(() => this.#reload(definitions))
    return this.#reloading
  }

  async #reload(definitions: readonly WorkerDefinition[]): Promise<void> {
    await this.#adopted
    if (this.#phase === 'closed') return
    const wanted = new Set(definitions.map(({ name }) => jrName(name)))
    const gone = [...this.#workers.values()].filter(({ name }) => !wanted.has(name))
    for (const definition of definitions) this.#define(definition)
    await Promise.all(gone.map((worker) => this.#remove(worker)))
    this.#turn()
    this.#changed()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What is at work is cut off, and tried again when there is memory. */
  async shed(name: JrName, reason: string): Promise<void> {
    const worker = this.#workers.get(name)
    if (worker === undefined) return
    worker.shed(reason)
    for (const { execution } of worker.work) execution.end('shed', `was ended: ${reason}`)
    this.#changed()
    await Promise.all([...worker.work].map(({ over }) => over))
  }

  async letBack(name: JrName): Promise<void> {
    this.#workers.get(name)?.letBack('there is memory for it again')
    this.#turn()
    this.#changed()
  }

  figures(): RunFigures {
    return this.#queue.figures()
  }

  #define(definition: WorkerDefinition): void {
    const { clock } = this.#deps
    const { schedule } = definition
    if (schedule === undefined) return
    const known = this.#workers.get(jrName(definition.name))
    const timetable = this.#deps.timetableOf(schedule)
    if (known !== undefined) return known.redefine(definition, timetable, clock.wallMs())
    const worker = new ScheduledWorker(this.#workerDeps(), definition, timetable)
    this.#workers.set(worker.name, worker)
    this.#saveNames()
  }

  /** Settles when nothing of it is left, unless it had to be let go of: its record lets the next daemon find it. */
  async #remove(worker: ScheduledWorker): Promise<void> {
    this.#workers.delete(worker.name)
    this.#leaving.add(worker)
    await this.#endWork(worker, 'is no longer configured')
    this.#leaving.delete(worker)
    if (worker.record.running.length === 0 && !this.#workers.has(worker.name)) this.#book.forget(worker.name)
    this.#saveNames()
  }

  async #endWork(worker: ScheduledWorker, reason: string): Promise<void> {
    worker.dropAll(reason)
    for (const { execution } of worker.work) execution.end('stopped', reason)
    await Promise.all([...worker.work].map(({ over }) => over))
  }

  /** What an earlier daemon began, of workers that are no longer configured too; those are ended. */
  async #adoptAll(): Promise<void> {
    const strangers = this.#book.names().filter((name) => !this.#workers.has(jrName(name)))
    const surplus = strangers.flatMap((name) => this.#stranger(name))
    const all = [...this.#workers.values(), ...surplus]
    await Promise.all(
      all.flatMap((worker) => worker.record.running.map((stored) => this.#work.adopt(worker, stored))),
    )
    const gone = Promise.all(surplus.map((worker) => this.#remove(worker)))
    this.#reloading = this.#reloading.then(async () => void (await gone))
  }

  #stranger(name: string): ScheduledWorker[] {
    if (this.#book.load(name) === undefined) return []
    const never = { next: () => null, latest: () => [] }
    const schedule = {
      cron: 'none',
      timezone: null,
      timeoutMs: null,
      maxConcurrent: 1,
      overlap: 'skip',
      missed: 'skip',
      retries: 0,
    } as const
    const definition = { ...unconfigured(name), schedule }
    return [new ScheduledWorker(this.#workerDeps(), definition, never)]
  }

  #workerDeps(): ScheduledWorkerDeps {
    const { clock, policy } = this.#deps
    return { book: this.#book, clock, breaker: runBreakerLimits(policy) }
  }

  /** Time has passed. */
  #tick(): void {
    if (this.#phase !== 'open') return
    const nowMs = this.#deps.clock.wallMs()
    const due = [...this.#workers.values()].filter((worker) => worker.isDue(nowMs))
    // The rest is still due at the next look, which comes at once.
    for (const worker of due.slice(0, looksAtOnce)) {
      const backMs = worker.look(nowMs, (passed) => this.#queue.admit(worker, passed))
      if (backMs > 0) this.#tellSetBack(worker.name, backMs)
    }
    this.#turn()
    if (due.length > 0) this.#changed()
  }

  #tellSetBack(worker: JrName, backMs: number): void {
    const message = `${worker}: the clock was set back by ${waitText(backMs)}; what is due counts from now on`
    this.#deps.logger.warn({ worker, backMs }, message)
  }

  /** Something has changed that may let a run begin, or that changes when to look again. */
  #turn(): void {
    if (this.#phase !== 'open') return
    this.#queue.dispatch()
    const times = [...this.#workers.values()].map(({ nextAt }) => nextAt)
    const known = [...times, this.#queue.nextReadyAt()].filter((time) => time !== null)
    this.#ticker.wakeAt(known.length === 0 ? null : Math.min(...known))
  }

  #watchUsage(): void {
    this.#sampler ??= new UsageSampler({ ...this.#deps, sample: () => this.#sample() })
    this.#sampler.soon()
  }

  #ended(): void {
    if (this.#allWork().length === 0) {
      this.#sampler?.stop()
      this.#sampler = null
    }
    this.#turn()
  }

  #giveUp(worker: ScheduledWorker, ticket: Ticket, why: string): void {
    this.#work.giveUp(worker, ticket, why)
  }

  async #stopAll(
    mode: 'stop' | 'leave',
    report: (waitingFor: readonly WorkerView[]) => void,
    finishGraceMs: number,
  ): Promise<StopReport> {
    await this.#adopted
    const work = this.#allWork()
    const told = new AbortController()
    if (mode === 'leave') for (const { execution } of work) execution.leave()
    else {
      for (const { execution } of work)
        execution.end('cut_off', 'was cut off by the end of jrctl', finishGraceMs)
      void this.#tellWaiting(report, told.signal)
    }
    await Promise.all(work.map(({ over }) => over))
    told.abort()
    await this.#work.settled()
    const names = (which: (one: Work) => boolean): JrName[] =>
      work.filter(which).map(({ execution }) => execution.name)
    return {
      endedThemselves: names(({ execution }) => !execution.left && !execution.forced),
      forced: names(({ execution }) => !execution.left && execution.forced),
      left: names(({ execution }) => execution.left),
    }
  }

  /** At once and every second, as long as there is somebody to wait for. */
  async #tellWaiting(report: (waitingFor: readonly WorkerView[]) => void, over: AbortSignal): Promise<void> {
    while (!over.aborted && this.#allWork().length > 0) {
      report(this.views().filter(({ instanceId }) => instanceId !== null))
      await this.#deps.clock.sleep(reportEveryMs, over).catch(() => {})
    }
  }

  #viewsOf(worker: ScheduledWorker): WorkerView[] {
    return runViews(worker, (name, slot) => this.#work.logFileOf(name, slot))
  }

  #everyone(): Iterable<ScheduledWorker> {
    return [...this.#workers.values(), ...this.#leaving]
  }

  #allWork(): Work[] {
    return [...this.#everyone()].flatMap(({ work }) => Array.from(work))
  }

  async #sample(): Promise<void> {
    const all = this.#allWork()
    if (all.length === 0) return
    await Promise.all(all.map(({ execution }) => execution.sample()))
    this.#changed()
  }

  #saveNames(): void {
    this.#book.saveNames([...this.#everyone()].map(({ name }) => name))
  }

  #changed(): void {
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        this.#deps.logger.error({ error: messageOf(error) }, `a listener failed: ${messageOf(error)}`)
      }
    }
  }
}
