import type { Logger } from '../ports/logger.ts'
import type { Claimed } from '../ports/task-queue.ts'
import type { AttemptReport } from './attempt.ts'

/** Says how an attempt ended, in the ordinary case at `level`; what was done for nothing is said loudly. */
export function logReport(
  logger: Logger,
  level: 'info' | 'debug',
  claimed: Claimed,
  report: AttemptReport,
  tookMs: number,
): void {
  const fields = { taskId: claimed.task.id, attempt: claimed.attempt, tookMs: Math.round(tookMs) }
  if (report.kind === 'lost') {
    // Somebody asked for that one; it is no mishap.
    if (report.reason === 'cancelled') return logger.info(fields, 'task cancelled')
    return logger.warn(
      { ...fields, reason: report.reason },
      'the task was taken from us; work on it was ended',
    )
  }
  if (report.kind !== 'ended') return logger.error({ ...fields, reason: report.reason }, 'task given back')
  const { settled, ending } = report
  if (settled.kind === 'stored') return logger[level](fields, `task ${ending}`)
  const more = { ...fields, ending, reason: settled.reason }
  if (settled.kind === 'dropped') {
    return logger.error(more, 'RESULT DROPPED: the queue did not take it; the task will be done again')
  }
  if (settled.isAfterSilence) {
    return logger.warn(
      more,
      'refused after an outage: an earlier write was stored unseen, or the task was taken from us',
    )
  }
  logger.error(more, 'the result came too late and was refused')
}
