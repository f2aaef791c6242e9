import type { Lease } from '../../../domain/task.ts'
import type { WriteVerdict } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { noteForDatabase } from '../outgoing-values.ts'
import { isWorkedOn } from '../queue-expressions.ts'
import { writeUnderFence } from './end-attempt.ts'

/**
 * How far the work is. Touches no indexed column, so that the update stays on its page (HOT). Plan: primary keys.
 * @param percent brought into 0–100
 */
export function progress(
  db: Queryable,
  lease: Lease,
  percent: number,
  note: string | null,
): Promise<WriteVerdict> {
  const whole = Math.min(100, Math.max(0, Math.round(Number.isFinite(percent) ? percent : 0)))
  return writeUnderFence(db, lease, statement, [whole, noteForDatabase(note)])
}

/** Locking the task's row first makes the attempt be looked at after any foreign write that held it. */
const statement = `
with task as materialized (
  select id from jr_work_queue q where id = $1 and ${isWorkedOn('q')} for update
), held as materialized (
  select a.task_id from task join jr_attempts a on a.task_id = task.id
  where a.fence = $2 and a.ended_at is null
  for update of a
)
update jr_work_queue q set progress_percent = $3, progress_note = $4
from held where q.id = held.task_id
returning q.id`
