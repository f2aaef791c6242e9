import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { isLeading, lead, rowsOf, underMandate } from './under-mandate.ts'

/** Fewer notes than this cost a reader nothing, and folding them would only make dead rows. */
const worthwhile = 64
/** One statement takes so many; what is left is the next call's. */
const notesMax = 50_000

/** The trigger's notes of how the counts changed become one row a status, and one of those with a channel. Whoever reads meanwhile sees the same sums. */
export async function foldCounts(
  db: Queryable,
  mandate: Mandate,
): Promise<Led<{ before: number; after: number }>> {
  const done = await underMandate<{ before: number; after: number }>(db, mandate, statement, [
    worthwhile,
    notesMax,
  ])
  if (!done.led) return done
  return { led: true, result: { before: done.result[0]?.before ?? 0, after: done.result[0]?.after ?? 0 } }
}

const statement = `
with ${lead}, noted as (
  delete from jr_task_counts
  where ${isLeading}
    and (select count(*) from (select from jr_task_counts limit $5) counted) >= $5
    and ctid = any (array(select ctid from jr_task_counts limit $6))
  returning status, is_delivery, tasks
), folded as (
  insert into jr_task_counts (status, is_delivery, tasks)
  select status, is_delivery, sum(tasks) from noted group by status, is_delivery having sum(tasks) <> 0
  returning status
), sums as (
  select (select count(*) from noted) as before, (select count(*) from folded) as after
)
${rowsOf('sums')}`
