import type { InstanceId } from '../../../domain/ids.ts'
import type { Rescued } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { errorForDatabase } from '../outgoing-values.ts'
import { countedAtClaim, giveBack, rescuedOfRow, type RescuedRow } from './give-back.ts'

/**
 * A dead instance's leases return at once. Those of rows that somebody's transaction holds run out now, for the next rescue to
 * return them, and keep the others waiting no longer. Plan: jr_attempts_open, then primary keys.
 */
export async function returnLeases(db: Queryable, instanceId: InstanceId, cause: string): Promise<Rescued[]> {
  const rows = await db.query<RescuedRow>(statement, [instanceId, errorForDatabase(cause)])
  return rows.map(rescuedOfRow)
}

const statement = `
with lost as materialized (
  select q.id from jr_attempts a join jr_work_queue q on q.id = a.task_id
  where a.ended_at is null and a.instance_id = $1
  order by q.id for update of q skip locked
), held as materialized (
  select a.task_id, a.fence from jr_attempts a
  where a.ended_at is null and a.instance_id = $1 and not exists (select from lost where lost.id = a.task_id)
  for update of a skip locked
), run_out as (
  update jr_attempts a set lease_expires_at = now() from held where a.task_id = held.task_id and a.fence = held.fence
), ended as (
  update jr_attempts a set ended_at = now(), outcome = 'expired', error = $2
  from lost where a.task_id = lost.id and a.ended_at is null and a.instance_id = $1
  returning a.task_id, a.fence, a.jr_name, a.took_unassigned, a.error
)
${giveBack(countedAtClaim, 'ended.error')}`
