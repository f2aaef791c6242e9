import { fence, jrName, taskId } from '../../../domain/ids.ts'
import type { Rescued } from '../../../ports/task-queue.ts'
import { attemptsOf, maxAttemptsOf } from '../queue-expressions.ts'
import { lineAgain, waitingAgain } from './end-attempt.ts'
import { knownStatus } from './task-row.ts'

/**
 * The end of a rescue: tasks of the CTE `ended (task_id, fence, jr_name, took_unassigned)` go back to their lines, or die
 * when that was their last attempt.
 * @param attempts the attempts made so far, the lost one counted
 * @param cause SQL text of why
 */
export function giveBack(attempts: string, cause: string): string {
  const dies = `${attempts} >= ${maxAttemptsOf('q')}`
  return `
update jr_work_queue q
set status = case when ${dies} then 'failed' else ${waitingAgain} end,
  ${lineAgain.replace('ended.took_unassigned', `ended.took_unassigned and not (${dies})`)},
  completed_at = case when ${dies} then now() end,
  started_at = case when ${dies} then q.started_at end,
  progress_percent = case when ${dies} then q.progress_percent else 0 end,
  attempts = ${attempts},
  error = case when ${dies} then ${cause} || ' (attempt ' || ${attempts} || ' of ' || ${maxAttemptsOf('q')} || ')' else ${cause} end
from ended where q.id = ended.task_id
returning q.id, ended.fence, ended.jr_name, q.status::text as status`
}

/** Attempts of ours were counted when they began. */
export const countedAtClaim = attemptsOf('q')
/** Those of a legacy program are counted now. */
export const countedNow = `(${attemptsOf('q')} + 1)`

export interface RescuedRow {
  id: number
  fence: number | null
  jr_name: string | null
  status: string
}

export function rescuedOfRow(row: RescuedRow): Rescued {
  return {
    taskId: taskId(row.id),
    fence: row.fence === null ? null : fence(row.fence),
    jrName: row.jr_name === null || row.jr_name === '' ? null : jrName(row.jr_name),
    status: knownStatus(row.status),
  }
}
