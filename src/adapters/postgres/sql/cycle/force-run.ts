import { isReady, isTimed, lineOf, priorityOrder } from '../../queue-expressions.ts'
import { waitingStatus } from '../verdict.ts'
import { isOpenIntent, locked, type TaskAction } from './task-action.ts'

/** The highest that is not urgent (spec §2: above 8 is). */
const sacredMax = 8

/** Seen within $7 ms. */
const isServed = `exists (select from jr_status s where s.jr_name::text = q.assigned_jr::text and s.is_online
      and coalesce(s.last_seen::timestamptz, '-infinity') >= now() - $7::float8 * interval '1 millisecond')`

/** Tasks $6 wait for no time any more, nor for a Jr who is not there, and go before all that is not urgent. */
export const forceRun: TaskAction = {
  picked: `select q.id, 'force_run' as mark,
    case when ${lineOf('q')} <> '' and ${isServed} then q.assigned_jr::text end as jr_name
  from jr_work_queue q
  where q.id = any ($6::bigint[]) and (${isReady('q')} or ${isTimed('q')}) and ${isOpenIntent} ${locked}`,
  changes: [
    `update jr_work_queue q
  set status = ${waitingStatus('picked.jr_name')}, assigned_jr = picked.jr_name, scheduled_at = null,
    sacred_fire_priority = greatest(coalesce(q.sacred_fire_priority, 0), ${sacredMax}),
    priority = least(${priorityOrder('q')}, 1)
  from picked where q.id = picked.id returning q.id`,
  ],
}
