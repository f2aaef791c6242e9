import { AttemptEnds, type AttemptNews } from '../../domain/metrics/attempt-ends.ts'
import { Activity, type ActivityView } from '../../domain/metrics/activity.ts'
import { TaskWaits } from '../../domain/metrics/task-waits.ts'
import type { Execution, WorkerFigures } from '../../domain/metrics/worker-record.ts'
import type { WorkerView } from '../../domain/worker.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { createDuty } from '../duty.ts'
import { MetricsBook } from './metrics-book.ts'

/** The figures of this node's workers: what their executions took, how they ended, what that makes of their score. */
export interface Metrics {
  start(): void
  /** Keeps what is not kept yet; settles when nothing of it runs any more. */
  stop(): Promise<void>
  /** Task events, each once or more often. */
  seen(events: readonly AttemptNews[]): void
  /** The events begin anew, those that were seen among them. */
  begunAnew(): void
  /** An execution that is no attempt at a task: a run. */
  ended(execution: Execution): void
  /** Null for a worker of which nothing has ended yet. */
  of(name: string): WorkerFigures | null
  /** Of the latest executions of a worker: so many failed, and none succeeded since. */
  failuresInARow(name: string): number
  names(): string[]
  /** What was done lately, since this daemon started: it is not kept. */
  activity(): ActivityView
  /** The views with p95 and score. */
  onto(views: readonly WorkerView[]): WorkerView[]
}

/** A crash loses the executions of so long: figures are kept for people, and a write a completion would cost more than it tells. */
const saveEveryMs = 30_000

export function createMetrics(deps: {
  store: StateStore
  clock: Clock
  logger: Logger
  views(): WorkerView[]
}): Metrics {
  const { clock } = deps
  const logger = deps.logger.child({ part: 'metrics' })
  const book = new MetricsBook(deps.store)
  const activity = new Activity(clock.wallMs())
  let waits = new TaskWaits()
  let attempts = new AttemptEnds(book.countedAnewUpToMs)
  const restartsSeen = new Map<string, number>()

  /** Restarts are counted by looking: a supervisor of hundreds of workers tells of every change of each. */
  function countRestarts(): void {
    const sums = new Map<string, number>()
    for (const { name, restarts } of deps.views()) sums.set(name, (sums.get(name) ?? 0) + restarts)
    for (const [name, sum] of sums) {
      const more = sum - (restartsSeen.get(name) ?? sum)
      if (more > 0) book.change(name, (record) => record.addRestarts(more, clock.wallMs()))
    }
    restartsSeen.clear()
    for (const [name, sum] of sums) restartsSeen.set(name, sum)
  }

  const duty = createDuty(
    {
      name: 'keeping the metrics',
      everyMs: saveEveryMs,
      minGapMs: 1_000,
      async run() {
        countRestarts()
        book.save()
      },
    },
    { clock, logger },
  )

  function ended(execution: Execution): void {
    book.change(execution.name, (record) => record.add(execution))
  }

  return {
    start: () => duty.start(),
    async stop() {
      await duty.stop()
      try {
        countRestarts()
        book.save()
      } catch (error) {
        logger.warn({ error: messageOf(error) }, `the latest metrics are not kept: ${messageOf(error)}`)
      }
    },
    seen(events) {
      const nowMs = clock.wallMs()
      for (const event of events) {
        const start = waits.note(event)
        if (start !== null) activity.started(start, nowMs)
        const execution = attempts.note(event)
        if (execution === null) continue
        ended(execution)
        activity.ended(execution, nowMs)
      }
    },
    begunAnew() {
      book.beginAnew(attempts.newestMs)
      attempts = new AttemptEnds(book.countedAnewUpToMs)
      waits = new TaskWaits()
    },
    ended,
    of: (name) => book.find(name)?.figures(clock.wallMs()) ?? null,
    failuresInARow: (name) => book.find(name)?.failuresInARow(clock.wallMs()) ?? 0,
    names: () => book.names(),
    activity: () => activity.view(clock.wallMs()),
    onto: (views) =>
      views.map((view) => {
        const figures = book.find(view.name)?.figures(clock.wallMs())
        return { ...view, p95Ms: figures?.durations?.p95 ?? null, score: figures?.score?.total ?? null }
      }),
  }
}
