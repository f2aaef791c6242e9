import type { Led } from '../../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../../ports/leadership.ts'
import type { Queryable } from '../../connect.ts'
import { isDelivery, statusOf } from '../../queue-expressions.ts'
import { isLeading, lead, rowsOf, underMandate } from '../under-mandate.ts'

/** More tasks than this take longer to count than a statement may. */
const countedMax = 200_000

/**
 * Rows and counts are of one snapshot, which the trigger changes together, and what is missing is noted as the trigger would: so
 * no writer has to wait, and none is counted twice. Plan: one walk through the queue, by whichever index is smallest.
 */
export async function recount(
  db: Queryable,
  mandate: Mandate,
): Promise<Led<{ mended: number; tooMany: boolean }>> {
  const done = await underMandate<{ mended: number; too_many: boolean }>(db, mandate, statement, [countedMax])
  if (!done.led) return done
  const [row] = done.result
  return { led: true, result: { mended: row?.mended ?? 0, tooMany: row?.too_many ?? false } }
}

const statement = `
with ${lead}, noted as materialized (
  select status, is_delivery, sum(tasks) as tasks from jr_task_counts group by 1, 2
), size as materialized (
  select coalesce(sum(tasks), 0) > $5 as too_many from noted
), there as materialized (
  select ${statusOf('q')} as status, ${isDelivery('q')} as is_delivery, count(*) as tasks
  from jr_work_queue q where not (select too_many from size) and ${isLeading} group by 1, 2
), amiss as materialized (
  select status, is_delivery, coalesce(there.tasks, 0) - coalesce(noted.tasks, 0) as tasks
  from noted full join there using (status, is_delivery)
  where coalesce(there.tasks, 0) <> coalesce(noted.tasks, 0) and not (select too_many from size) and ${isLeading}
), mended as (
  insert into jr_task_counts (status, is_delivery, tasks) select status, is_delivery, tasks from amiss
), answer as (
  select (select coalesce(sum(abs(tasks)), 0)::bigint from amiss) as mended, (select too_many from size) as too_many
)
${rowsOf('answer')}`
