import { taskId, type TaskId } from '../../../domain/ids.ts'
import { windowsActor } from '../../../ports/channel-closures.ts'
import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { channelOf, isDelivery, isReady } from '../queue-expressions.ts'
import { isLeading, lead, rowsOf, underMandate } from './under-mandate.ts'

/**
 * Plan: jr_work_queue_ready_deliveries, a probe for each closed channel; a page or two when none of its tasks is ready, however many
 * wait for the opening.
 */
export async function putOffClosed(db: Queryable, mandate: Mandate, limit: number): Promise<Led<TaskId[]>> {
  const done = await underMandate<{ id: number | null }>(
    db,
    mandate,
    statement,
    [limit],
    windowsActor(mandate.nodeId),
  )
  if (!done.led) return done
  return { led: true, result: done.result.flatMap(({ id }) => (id === null ? [] : [taskId(id)])) }
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, blocked as materialized (
  select own.id, c.closed_until
  from jr_channels c
  cross join lateral (
    select q.id from jr_work_queue q
    where ${isDelivery('q')} and ${isReady('q')} and ${channelOf('q')} = c.channel
    order by q.id limit $5 for update skip locked) own
  where ${isLeading} and c.closed_from <= now() and c.closed_until > now()
  limit $5
), off as (
  update jr_work_queue q set status = 'scheduled', scheduled_at = blocked.closed_until
  from blocked where q.id = blocked.id
  returning q.id
)
${rowsOf('off')}`
