import { taskId, type TaskId } from '../../../domain/ids.ts'
import { windowsActor, type ChannelClosure } from '../../../ports/channel-closures.ts'
import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { channelOf, dueAt, isTimed } from '../queue-expressions.ts'
import { columnsOf, wantedClosures } from './declare-closures.ts'
import { isLeading, lead, rowsOf, underMandate } from './under-mandate.ts'

/**
 * Whom a strict window put off is known by its time, which is that of the opening to the microsecond; so an operator who takes
 * `strict` back, or moves the window, need not look for them. Plan: jr_work_queue_due at that very time.
 */
export async function carryAlong(
  db: Queryable,
  mandate: Mandate,
  closures: readonly ChannelClosure[],
  limit: number,
): Promise<Led<TaskId[]>> {
  const values = [...columnsOf(closures), limit]
  const actor = windowsActor(mandate.nodeId)
  const done = await underMandate<{ id: number | null }>(db, mandate, statement, values, actor)
  if (!done.led) return done
  return { led: true, result: done.result.flatMap(({ id }) => (id === null ? [] : [taskId(id)])) }
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, ${wantedClosures}, stale as materialized (
  select c.channel, c.closed_until as was,
    case when w.closed_from <= clock_timestamp() then w.closed_until else now() end as becomes
  from jr_channels c left join wanted w on w.channel = c.channel
  where ${isLeading} and c.closed_from <= now() and c.closed_until > now()
    and (w.channel is null or w.closed_from > clock_timestamp() or w.closed_until <> c.closed_until)
), late as materialized (
  select own.id, stale.becomes
  from stale
  cross join lateral (
    select q.id from jr_work_queue q
    where ${isTimed('q')} and ${dueAt('q')} = stale.was and ${channelOf('q')} = stale.channel
      and q.status::text = 'scheduled'
    order by ${dueAt('q')}, q.id limit $8 for update skip locked) own
  limit $8
), moved as (
  update jr_work_queue q set scheduled_at = late.becomes from late where q.id = late.id
  returning q.id
)
${rowsOf('moved')}`
