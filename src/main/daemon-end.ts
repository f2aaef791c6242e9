import type { Daemon } from '../daemon/daemon.ts'
import type { RunSummary } from '../daemon/run-summary.ts'
import type { ShutdownReport } from '../daemon/shutdown/shutdown.ts'
import type { ShutdownWish } from '../api/services.ts'
import { type ExitCode, type OperationalError, exitCode } from '../errors.ts'
import type { QueueCounts } from '../ports/task-queue.ts'
import type { DaemonSignals } from './daemon-signals.ts'

/** Why a daemon ends, and how. */
export interface End extends ShutdownWish {
  by: string
  summary: RunSummary | null
  failure?: OperationalError
}

/** Null when it has started; else why it is to end although it has not, for a start may take its time. */
export async function startUnlessAsked(daemon: Daemon, signals: DaemonSignals): Promise<End | null> {
  const started = daemon.start()
  try {
    return await Promise.race([started.then(() => null), untilAsked(daemon, signals, null)])
  } catch (error) {
    // Whom an earlier daemon started, a failed start does not end.
    const isAdopted = daemon.services.workers().some(({ adopted }) => adopted)
    await daemon.stop('a start that failed', isAdopted ? 'leave' : undefined)
    throw error
  } finally {
    // Nobody else hears how a start ends that was not waited for.
    started.catch(() => {})
  }
}

/**
 * @param idleSince ends it when the queue is done: what it held before the first worker was started
 * @param ended ends it when it settles, with what that is called
 */
export function untilAsked(
  daemon: Daemon,
  signals: DaemonSignals,
  idleSince: QueueCounts | null,
  ended?: Promise<string>,
): Promise<End> {
  const ends: Promise<End>[] = [
    signals.asked.then((by) => ({ by, summary: null })),
    daemon.shutdownAsked.then((wish) => ({ ...wish, summary: null })),
    daemon.stateFailed.then((failure) => ({ by: 'the local state, which failed', summary: null, failure })),
  ]
  if (ended !== undefined) ends.push(ended.then((by) => ({ by, summary: null })))
  if (idleSince !== null)
    ends.push(daemon.idle(idleSince).then((summary) => ({ by: '--until-idle', summary })))
  return Promise.race(ends)
}

/** @param finished is told when the queue was done (`--until-idle`) */
export async function endDaemon(
  daemon: Daemon,
  { by, summary, failure, workers, successor }: End,
  finished: (summary: RunSummary) => void,
): Promise<ExitCode> {
  if (failure !== undefined) {
    // The workers' own work is not in this file: they live on, and the next daemon adopts those it knows of.
    await daemon.stop(by, 'leave')
    throw failure
  }
  const report = await daemon.stop(by, workers, successor)
  if (summary !== null) finished(summary)
  return exitOf(report, summary)
}

/** Whatever was forced, broken, or died in the queue makes the exit code 1. */
function exitOf(report: ShutdownReport, summary: RunSummary | null): ExitCode {
  const clean = report.forced.length === 0 && report.problems.length === 0
  return clean && (summary === null || summary.failed === 0) ? exitCode.ok : exitCode.failed
}
