import { isReady, isTimed, isUrgent, timeOf } from '../../queue-expressions.ts'
import { waitingStatus } from '../verdict.ts'
import { isOpenIntent, locked, type TaskAction } from './task-action.ts'

/**
 * Tasks $6 run at the times $7 (epoch milliseconds; null, or a time that is past: now). What is urgent is not put off, and a
 * retry keeps its own time.
 */
export const scheduleTask: TaskAction = {
  picked: `select q.id, 'schedule_task' as mark, wanted.at
  from (select id, case when ${timeOf('ms')} > now() then ${timeOf('ms')} end as at
    from unnest($6::bigint[], $7::float8[]) as given (id, ms)) as wanted
  join jr_work_queue q on q.id = wanted.id
  where (${isReady('q')} or q.status::text = 'scheduled') and (wanted.at is null or not ${isUrgent('q')})
    and ${isOpenIntent} ${locked}`,
  changes: [
    `update jr_work_queue q
  set status = case when picked.at is null then ${waitingStatus('q.assigned_jr')} else 'scheduled' end,
    scheduled_at = picked.at
  from picked
  where q.id = picked.id and (q.scheduled_at::timestamptz is distinct from picked.at or ${isTimed('q')} <> (picked.at is not null))
  returning q.id`,
  ],
}
