import { isReady, lineOf } from '../../queue-expressions.ts'
import { waitingStatus } from '../verdict.ts'
import { isOpenIntent, locked, type TaskAction } from './task-action.ts'

/** Not since it was made: one that was scheduled days ago for now has not waited, nor has one that was replayed just now. */
const waitsSince = `coalesce(s.ready_at, q.created_at::timestamptz, 'infinity')`

/**
 * Tasks $6 go from the lines $7 to those of the Jrs $8 (null: to everybody's). Tasks $9, when they have waited for over two
 * hours, become dead letters with the error $10; not those that were given another line within $11 ms, to have their chance there.
 */
export const rebalanceQueue: TaskAction = {
  picked: `select q.id, 'rebalance_queue' as mark, wanted.to_jr, wanted.dies
  from (select id, from_jr, to_jr, false as dies from unnest($6::bigint[], $7::text[], $8::text[]) as moves (id, from_jr, to_jr)
    union all select id, null, null, true from unnest($9::bigint[]) as deaths (id)) as wanted
  join jr_work_queue q on q.id = wanted.id
  left join jr_task_state s on s.task_id = wanted.id
  left join jr_task_actions moved on moved.task_id = wanted.id and moved.action = 'rebalance_queue'
  where ${isReady('q')} and case
      when wanted.dies then ${waitsSince} < now() - interval '2 hours'
        and coalesce(moved.acted_at, '-infinity') <= now() - $11::float8 * interval '1 millisecond'
      else ${lineOf('q')} = wanted.from_jr and wanted.from_jr <> coalesce(wanted.to_jr, '') end
    and ${isOpenIntent} ${locked}`,
  changes: [
    `update jr_work_queue q set assigned_jr = picked.to_jr, status = ${waitingStatus('picked.to_jr')} from picked
  where q.id = picked.id and not picked.dies returning q.id`,
    `update jr_work_queue q set status = 'failed', completed_at = now(), error = $10 from picked
  where q.id = picked.id and picked.dies returning q.id`,
  ],
}
