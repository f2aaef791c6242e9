import type { Task } from '../../../domain/task.ts'
import type { TaskStanding } from '../../../domain/why/standing.ts'
import type { Queryable } from '../connect.ts'
import { claimOrder, isReady, lineOf } from '../queue-expressions.ts'

/** Who stands further back is told so much and no more. */
export const aheadMax = 1_000

/**
 * How many stand before a ready task in its line: the head of the line is read until the task is found. Row comparison
 * would need one direction for all columns of the order. Plan: one range of jr_work_queue_ready, 1,001 entries at most.
 */
export async function ahead(db: Queryable, task: Task): Promise<TaskStanding['ahead']> {
  const [row] = await db.query<{ place: number | null; read: number }>(statement, [
    task.assignedJr ?? '',
    task.id,
    aheadMax + 1,
  ])
  if (row === undefined) return null
  if (row.place !== null) return { count: row.place - 1, isMore: false }
  // Not in a line that was read to its end: it left between two looks.
  return row.read > aheadMax ? { count: aheadMax, isMore: true } : null
}

/** Exported for the test that reads its plan. */
export const statement = `
select min(place) filter (where id = $2) as place, count(*) as read
from (
  select id, row_number() over () as place
  from (
    select q.id from jr_work_queue q
    where ${lineOf('q')} = $1 and ${isReady('q')}
    order by ${claimOrder('q')}
    limit $3) head
) line`
