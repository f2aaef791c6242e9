import { replayMark, replaysMax } from '../../../../ports/cycle-store.ts'
import { isDead } from '../dead-letter-row.ts'
import { fromTheFirst } from '../retry.ts'
import { waitingStatus } from '../verdict.ts'
import { isOpenIntent, locked, type TaskAction } from './task-action.ts'

/**
 * Retries $6 wait no longer. Tasks $7 that are still dead of the deaths $8 (versions), and that the cycle has not replayed as
 * often as it may, are done again from their first attempt.
 */
export const retryFailed: TaskAction = {
  picked: `select q.id, case when wanted.version is null then 'retry_failed' else '${replayMark}' end as mark
  from (select id, null::bigint as version from unnest($6::bigint[]) as retries (id)
    union all select id, version from unnest($7::bigint[], $8::bigint[]) as deaths (id, version)) as wanted
  join jr_work_queue q on q.id = wanted.id
  left join jr_task_state s on s.task_id = wanted.id
  left join jr_task_actions replays on replays.task_id = wanted.id and replays.action = '${replayMark}'
  where case when wanted.version is null then q.status::text = 'retry'
      else ${isDead('q')} and coalesce(s.version, 0) = wanted.version and coalesce(replays.times, 0) < ${replaysMax} end
    and ${isOpenIntent} ${locked}`,
  changes: [
    `update jr_work_queue q set status = ${waitingStatus('q.assigned_jr')}, scheduled_at = null from picked
  where q.id = picked.id and picked.mark <> '${replayMark}' returning q.id`,
    `update jr_work_queue q set ${fromTheFirst('q.assigned_jr')} from picked
  where q.id = picked.id and picked.mark = '${replayMark}' returning q.id`,
  ],
}
