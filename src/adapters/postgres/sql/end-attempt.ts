import type { AttemptOutcome, Lease } from '../../../domain/task.ts'
import type { WriteVerdict } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { attemptsOf, isWorkedOn } from '../queue-expressions.ts'
import { staleReason } from './stale-reason.ts'

/**
 * The CTEs by which a worker's last word ends its attempt: `ended` has one row when the fence still holds, none when it is
 * stale. The task's row is locked before the attempt's: foreign SQL locks in that order too (its trigger comes to the
 * attempt last), and the other way round the two would deadlock. A lease that has expired but was not rescued still holds:
 * nobody else has the task.
 *
 * Parameters $1 task, $2 fence.
 * @param sets what to write into the attempt besides its end, e.g. `outcome = 'completed'`; may name `w`, the task's row
 */
export function endAttempt(sets: string): string {
  return `task as materialized (
  select * from jr_work_queue q where id = $1 and ${isWorkedOn('q')} for update
), ended as (
  update jr_attempts a set ended_at = now(), ${sets}
  from task w
  where a.task_id = w.id and a.fence = $2 and a.ended_at is null
  returning a.task_id, a.fence, a.attempt, a.took_unassigned, a.jr_name
)`
}

/**
 * Runs a statement under a fence that answers one row when it was accepted.
 * @param wanted the outcome that it records, if it ends the attempt
 */
export async function writeUnderFence(
  db: Queryable,
  lease: Lease,
  statement: string,
  values: readonly unknown[],
  wanted: readonly AttemptOutcome[] = [],
): Promise<WriteVerdict> {
  const rows = await db.query(statement, [lease.taskId, lease.fence, ...values])
  return rows.length > 0
    ? { accepted: true }
    : { accepted: false, reason: await staleReason(db, lease, wanted) }
}

/** A task that goes back stands where it stood: in the Jr's line, or in everybody's when it was taken from there. */
export const lineAgain = `assigned_jr = case when ended.took_unassigned then null else q.assigned_jr end`
export const waitingAgain = `case when ended.took_unassigned or coalesce(q.assigned_jr::text, '') = '' then 'pending' else 'assigned' end`
/** What only a task at work has. */
export const notAtWork = `started_at = null, progress_percent = 0, progress_note = null`

/** The end of a release: tasks of the CTE `ended` go back as if they had not been claimed. */
export const asUnclaimed = `update jr_work_queue q
set status = ${waitingAgain}, ${lineAgain}, ${notAtWork}, attempts = greatest(${attemptsOf('q')} - 1, 0)
from ended where q.id = ended.task_id
returning q.id`
