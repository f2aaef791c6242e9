import type { Lease } from '../../../domain/task.ts'
import type { WriteVerdict } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { isWorkedOn, isOpen, looksRare } from '../queue-expressions.ts'
import { lostLeases } from './stale-reason.ts'

export interface Completion {
  lease: Lease
  /** JSON text, as the database takes it. */
  result: string
}

/** `held`: somebody's transaction holds the task's row; nothing was written. */
export type CompletionVerdict = WriteVerdict | 'held'

/**
 * These attempts have done their tasks; one verdict each, in the order given. The tasks' rows are locked before the
 * attempts', in the order of their ids (see end-attempt.ts). Plan: primary keys.
 * @param whereHeld rows that somebody holds are passed over, so that they keep no others waiting, or waited for (lock_timeout)
 */
export async function complete(
  db: Queryable,
  completions: readonly Completion[],
  whereHeld: 'pass' | 'wait',
): Promise<CompletionVerdict[]> {
  const rows = await db.query<{ fence: number }>(
    whereHeld === 'wait' ? waiting : statement,
    [
      completions.map(({ lease }) => lease.taskId),
      completions.map(({ lease }) => lease.fence),
      completions.map(({ result }) => result),
    ],
    whereHeld === 'wait' ? 'jr_complete_waiting' : 'jr_complete',
  )
  const written = new Set<number>(rows.map((row) => row.fence))
  const accepted = new Set(written)
  const refused = completions.map(({ lease }) => lease).filter((lease) => !accepted.has(lease.fence))
  const reasons = new Map(
    (await lostLeases(db, refused, ['completed'])).map(({ lease, reason }) => [lease.fence, reason]),
  )
  return completions.map(({ lease }) => {
    // Told to one alone, should the same attempt have been completed twice at once.
    if (accepted.delete(lease.fence)) return { accepted: true }
    const reason = written.has(lease.fence) ? 'recorded' : reasons.get(lease.fence)
    return reason === undefined ? 'held' : { accepted: false, reason }
  })
}

const statementOf = (lock: '' | 'skip locked'): string => `
with task as materialized (
  select q.id, mine.fence, mine.result
  from unnest($1::bigint[], $2::bigint[], $3::text[]) as mine (id, fence, result)
  join jr_work_queue q on q.id = mine.id
  where ${looksRare('mine.id')} and ${isWorkedOn('q')}
  order by q.id for update of q ${lock}
), ended as (
  update jr_attempts a set ended_at = now(), outcome = 'completed'
  from task
  where a.task_id = task.id and a.fence = task.fence and ${isOpen('a')}
  returning a.task_id, a.fence, task.result
)
update jr_work_queue q
set status = 'completed', completed_at = now(), progress_percent = 100, result = ended.result::jsonb, error = null
from ended where q.id = ended.task_id
returning ended.fence`

/** Exported for the test that reads its plan. */
export const statement = statementOf('skip locked')
const waiting = statementOf('')
