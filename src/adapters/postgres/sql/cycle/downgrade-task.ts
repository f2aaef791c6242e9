import { isReady, isUrgent } from '../../queue-expressions.ts'
import { isOpenIntent, locked, type TaskAction } from './task-action.ts'

/**
 * Tasks $6 are put off by $7 ms, from their time when they have one. Urgent ones stay, an operator wants them; so do retries,
 * whose wait has another reason.
 */
export const downgradeTask: TaskAction = {
  picked: `select q.id, 'downgrade_task' as mark,
    case when ${isReady('q')} then now() else greatest(q.scheduled_at::timestamptz, now()) end
      + $7::float8 * interval '1 millisecond' as at
  from jr_work_queue q
  where q.id = any ($6::bigint[]) and (${isReady('q')} or q.status::text = 'scheduled') and not ${isUrgent('q')}
    and ${isOpenIntent} ${locked}`,
  changes: [
    `update jr_work_queue q set status = 'scheduled', scheduled_at = picked.at from picked
  where q.id = picked.id returning q.id`,
  ],
}
