import type { InstanceId } from '../../../domain/ids.ts'
import type { Rescued } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { errorForDatabase } from '../outgoing-values.ts'
import { countedAtClaim, giveBack, rescuedOfRow, type RescuedRow } from './give-back.ts'

/**
 * A dead instance's leases return at once. Rows that somebody holds are waited for (lock_timeout), not skipped: this is
 * called once a death. Plan: jr_attempts_open, then primary keys.
 */
export async function returnLeases(db: Queryable, instanceId: InstanceId, cause: string): Promise<Rescued[]> {
  const rows = await db.query<RescuedRow>(statement, [instanceId, errorForDatabase(cause)])
  return rows.map(rescuedOfRow)
}

const statement = `
with lost as materialized (
  select q.id from jr_attempts a join jr_work_queue q on q.id = a.task_id
  where a.ended_at is null and a.instance_id = $1
  order by q.id for update of q
), ended as (
  update jr_attempts a set ended_at = now(), outcome = 'expired', error = $2
  from lost where a.task_id = lost.id and a.ended_at is null and a.instance_id = $1
  returning a.task_id, a.fence, a.jr_name, a.took_unassigned, a.error
)
${giveBack(countedAtClaim, 'ended.error')}`
