import type { Rescued } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { countedAtClaim, giveBack, rescuedOfRow, type RescuedRow } from './give-back.ts'

/** More expired at once are the next call's. */
const batch = 500

/**
 * Expired leases. Open attempts are as many as tasks at work, so they are all looked at: an index on the expiry would have
 * to be written by every renewal. A lease renewed since the look is seen by the second check and stays.
 * Plan: jr_attempts_open, then primary keys.
 */
export async function rescueExpired(db: Queryable): Promise<Rescued[]> {
  const rows = await db.query<RescuedRow>(statement, [batch])
  return rows.map(rescuedOfRow)
}

const cause = (row: string): string =>
  `'the lease expired: worker ' || ${row}.instance_id || ' on node ' || ${row}.node_id || ' was not heard of in time'`

const statement = `
with lost as materialized (
  select q.id from jr_attempts a join jr_work_queue q on q.id = a.task_id
  where a.ended_at is null and a.lease_expires_at < now()
  order by q.id limit $1 for update of q skip locked
), ended as (
  update jr_attempts a set ended_at = now(), outcome = 'expired', error = ${cause('a')}
  from lost
  where a.task_id = lost.id and a.ended_at is null and a.lease_expires_at < now()
  returning a.task_id, a.fence, a.jr_name, a.took_unassigned, a.error
)
${giveBack(countedAtClaim, 'ended.error')}`
