import type { Logger } from '../ports/logger.ts'
import type { Claimed } from '../ports/task-queue.ts'
import type { AttemptReport } from './attempt.ts'

/** Says how an attempt ended; what was done for nothing is said loudly. */
export function logReport(logger: Logger, claimed: Claimed, report: AttemptReport, tookMs: number): void {
  const fields = { taskId: claimed.task.id, attempt: claimed.attempt, tookMs: Math.round(tookMs) }
  if (report.kind === 'lost') {
    return logger.warn(
      { ...fields, reason: report.reason },
      'the task was taken from us; its command was ended',
    )
  }
  if (report.kind !== 'ended') return logger.error({ ...fields, reason: report.reason }, 'task given back')
  const { settled, ending } = report
  if (settled.kind === 'stored') return logger.info(fields, `task ${ending}`)
  const message =
    settled.kind === 'refused'
      ? 'the result came too late and was refused'
      : 'RESULT DROPPED: the queue did not take it; the task will be done again'
  logger.error({ ...fields, ending, reason: settled.reason }, message)
}
