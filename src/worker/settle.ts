import { messageOf, OperationalError } from '../errors.ts'
import type { Lease } from '../domain/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { AttemptQueue, Failure, FailVerdict, WriteVerdict } from '../ports/task-queue.ts'
import type { Outcome } from './outcome.ts'
import type { OutageLog } from './outage-log.ts'
import { outageDelayMs } from './outage-delay.ts'

export type Ending = Outcome | { kind: 'released'; reason: string }

export type Settled =
  | { kind: 'stored'; verdict: FailVerdict | WriteVerdict }
  /**
   * The lease was not ours any more: somebody else has, or had, the task. After silence we may have held it when the first
   * write was tried.
   */
  | { kind: 'refused'; reason: string; isAfterSilence: boolean }
  /** The queue did not answer for too long; the lease will expire and the task be done again. */
  | { kind: 'dropped'; reason: string }

export interface SettleOptions {
  queue: Pick<AttemptQueue, 'complete' | 'fail' | 'release'>
  clock: Clock
  random: Random
  outage: OutageLog
  logger: Logger
  /** Aborted when the worker must be gone. */
  deadline: AbortSignal
}

/**
 * How long a result waits for an absent database. Well beyond a lease: while the database is away nobody else can take the
 * task either, and a result that comes too late is refused by its fence.
 */
const patienceMs = 15 * 60_000

/** Writes how an attempt ended. Never rejects. */
export async function settle(lease: Lease, ending: Ending, options: SettleOptions): Promise<Settled> {
  const { clock, random, outage, deadline } = options
  const giveUpMs = clock.monotonicMs() + patienceMs
  for (let failures = 0; ; failures++) {
    try {
      const verdict = await write(lease, ending, options.queue)
      outage.succeeded()
      if (verdict.accepted) return { kind: 'stored', verdict }
      const isAfterSilence = failures > 0
      // An earlier write did its work, and its answer alone was lost.
      if (isAfterSilence && verdict.reason === 'recorded')
        return { kind: 'stored', verdict: { accepted: true } }
      return { kind: 'refused', reason: verdict.reason, isAfterSilence }
    } catch (error) {
      if (!isRetryable(error)) return settleOtherwise(lease, ending, error, options)
      outage.failed(`settle task ${lease.taskId}`, error)
      if (deadline.aborted || clock.monotonicMs() > giveUpMs) return dropped(error)
      await clock.sleep(outageDelayMs(failures, random), deadline).catch(() => {})
    }
  }
}

function write(
  lease: Lease,
  ending: Ending,
  queue: SettleOptions['queue'],
): Promise<FailVerdict | WriteVerdict> {
  switch (ending.kind) {
    case 'completed':
      return queue.complete(lease, ending.result)
    case 'failed':
      return queue.fail(lease, ending.failure)
    case 'released':
      return queue.release(lease, ending.reason)
    default:
      return ending satisfies never
  }
}

/** The queue will never take this ending, whatever we wait: a result it refuses fails the attempt with the reason. */
async function settleOtherwise(
  lease: Lease,
  ending: Ending,
  error: unknown,
  options: SettleOptions,
): Promise<Settled> {
  options.logger.error(
    { taskId: lease.taskId, error: messageOf(error) },
    'the queue refuses what became of a task',
  )
  const isLastWord =
    ending.kind !== 'completed' && !(ending.kind === 'failed' && ending.failure.result !== undefined)
  if (isLastWord) return dropped(error)
  const why = `the result could not be stored: ${messageOf(error)}`
  const failure: Failure =
    ending.kind === 'failed'
      ? { kind: ending.failure.kind, error: `${ending.failure.error}\n${why}` }
      : { kind: 'attempt', error: why }
  return settle(lease, { kind: 'failed', failure }, options)
}

function isRetryable(error: unknown): boolean {
  return error instanceof OperationalError && error.retryable
}

function dropped(error: unknown): Settled {
  return { kind: 'dropped', reason: messageOf(error) }
}
