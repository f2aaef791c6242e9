import type { FinishedAges, Led, Pruned } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { prunedOf, prunedRows, type PrunedRow } from './pruned.ts'
import { isLeading, lead, underMandate } from './under-mandate.ts'

/**
 * Deletes old finished tasks among the next ones by id, with their attempts; what the trigger keeps of a task goes with it.
 * By id and not by time: an index on the time of completion would have to be written by every completion. Ids grow with
 * time, so that the old lie at the beginning, and a page of young ones is the end of what there is to do.
 * A row that somebody holds is left for the next time. Plan: the primary key's range, then primary keys.
 */
export async function pruneTasks(
  db: Queryable,
  mandate: Mandate,
  ages: FinishedAges,
  afterId: number,
  limit: number,
): Promise<Led<Pruned>> {
  const values = [afterId, limit, ages.finishedMs, ages.deadMs]
  return prunedOf(await underMandate<PrunedRow>(db, mandate, statement, values, 'retention'))
}

/** Programs that know only the legacy columns leave no time of completion; the trigger saw when the status changed. */
const endedAt = `coalesce(q.completed_at::timestamptz, s.status_changed_at, q.started_at::timestamptz, q.created_at::timestamptz)`
const ago = (ms: string): string => `now() - ${ms}::float8 * interval '1 millisecond'`

const statement = `
with ${lead}, page as materialized (
  select q.id::bigint as id, q.created_at::timestamptz > ${ago('least($7::float8, $8::float8)')} as young
  from jr_work_queue q where q.id > $5::bigint and ${isLeading} order by q.id limit $6
), old as materialized (
  select q.id from page join jr_work_queue q on q.id = page.id left join jr_task_state s on s.task_id = q.id
  where page.young is not true and ${endedAt} < ${ago(`case when q.status::text = 'failed' then $8::float8
      when q.status::text in ('completed', 'cancelled') then $7::float8 end`)}
  order by q.id for update of q skip locked
), gone as (
  delete from jr_work_queue q using old where q.id = old.id returning q.id::bigint as id
), attempts as (
  delete from jr_attempts a using gone where a.task_id = gone.id
)
${prunedRows}`
