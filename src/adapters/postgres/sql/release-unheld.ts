import type { InstanceId } from '../../../domain/ids.ts'
import type { Lease } from '../../../domain/task.ts'
import type { Queryable } from '../connect.ts'
import { asUnclaimed } from './end-attempt.ts'

/**
 * Attempts opened for this instance by a claim whose answer never came: their tasks go back as if they had not been
 * claimed. A row that somebody's transaction holds is passed over, for the next claim waits for this: its lease runs out.
 * Plan: jr_attempts_open, then primary keys.
 */
export async function releaseUnheld(
  db: Queryable,
  instanceId: InstanceId,
  held: readonly Lease[],
): Promise<number> {
  const rows = await db.query(statement, [instanceId, held.map((lease) => lease.fence)])
  return rows.length
}

const statement = `
with lost as materialized (
  select q.id from jr_attempts a join jr_work_queue q on q.id = a.task_id
  where a.ended_at is null and a.instance_id = $1 and a.fence <> all ($2::bigint[])
  order by q.id for update of q skip locked
), ended as (
  update jr_attempts a set ended_at = now(), outcome = 'released', error = 'the answer to its claim was lost'
  from lost
  where a.task_id = lost.id and a.ended_at is null and a.instance_id = $1 and a.fence <> all ($2::bigint[])
  returning a.task_id, a.took_unassigned
)
${asUnclaimed}`
