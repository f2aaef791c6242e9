import { taskId, type TaskId } from '../../../domain/ids.ts'
import type { Placement } from '../../../domain/assignment.ts'
import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { isReady, lineOf } from '../queue-expressions.ts'
import { isLeading, lead, rowsOf, underMandate } from './under-mandate.ts'

/** A task that somebody took, named or locked since it was looked at is left to them. */
export async function assign(
  db: Queryable,
  mandate: Mandate,
  placements: readonly Placement[],
): Promise<Led<TaskId[]>> {
  const done = await underMandate<{ id: number | null }>(db, mandate, statement, [
    placements.map((placement) => placement.taskId),
    placements.map((placement) => placement.jrName),
  ])
  if (!done.led) return done
  return { led: true, result: done.result.flatMap(({ id }) => (id === null ? [] : [taskId(id)])) }
}

/** Exported for the test that takes its guard away. */
export const statement = `
with ${lead}, picked as materialized (
  select q.id, wanted.jr_name
  from unnest($5::bigint[], $6::text[]) as wanted (id, jr_name) join jr_work_queue q on q.id = wanted.id
  where ${lineOf('q')} = '' and ${isReady('q')} and ${isLeading}
  order by q.id for update of q skip locked
), assigned as (
  update jr_work_queue q set assigned_jr = picked.jr_name, status = 'assigned'
  from picked where q.id = picked.id
  returning q.id
)
${rowsOf('assigned')}`
