import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { OperatorQueue, QueueCounts } from '../ports/task-queue.ts'
import type { DatabaseWatch } from './queue/database-watch.ts'
import { createDuty } from './duty.ts'
import { type RunSummary, remainingTasks, summarize } from './run-summary.ts'

/** Watches for the queue to be done, for `--until-idle`. Does nothing until it is asked to. */
export interface IdleWatch {
  /**
   * Settles when no task wants anything any more, with what was finished since `before`; says now and then how far it is.
   * Counts of before the first worker was started, lest what is done at once is not told.
   */
  idle(before: QueueCounts): Promise<RunSummary>
  wake(): void
  stop(): Promise<void>
}

/** The safety net when no notice comes. */
const pollEveryMs = 2_000
const minGapMs = 250
/** Progress is told at most this often. */
const tellEveryMs = 2_000

export function createIdleWatch(deps: {
  queue: OperatorQueue
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}): IdleWatch {
  const { queue, clock, logger } = deps
  const startedMs = clock.monotonicMs()
  const done = Promise.withResolvers<RunSummary>()
  let before: QueueCounts | undefined
  let toldMs = startedMs
  let told = ''

  function tell(summary: RunSummary, counts: QueueCounts): void {
    const finished = summary.completed + summary.failed + summary.cancelled
    const { in_progress: atWork, scheduled, retry } = counts.byStatus
    const line =
      `${finished} of ${finished + summary.remaining} tasks done, ${atWork} at work` +
      (scheduled + retry > 0 ? `, ${scheduled + retry} waiting for their time` : '')
    if (line === told || clock.monotonicMs() - toldMs < tellEveryMs) return
    told = line
    toldMs = clock.monotonicMs()
    logger.info({ ...summary }, line)
  }

  const duty = createDuty(
    {
      name: 'watching for the queue to be done',
      everyMs: pollEveryMs,
      minGapMs,
      async run() {
        if (before === undefined) return
        const counts = await queue.counts()
        const summary = summarize(before, counts, clock.monotonicMs() - startedMs)
        if (remainingTasks(counts) === 0) done.resolve(summary)
        else tell(summary, counts)
      },
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock, logger },
  )

  return {
    idle(counts) {
      before = counts
      duty.start()
      return done.promise
    },
    wake() {
      if (before !== undefined) duty.wake()
    },
    stop: () => duty.stop(),
  }
}
