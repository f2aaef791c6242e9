import type { Queryable } from '../connect.ts'
import { dueAt, isTimed, lineOf } from '../queue-expressions.ts'

/** One statement takes so many, so that its locks are short. */
const batch = 1_000
/** And one call so many statements; what is left is the next call's. */
const batchesMax = 100

/**
 * Due `retry` and `scheduled` tasks go to their line. Plan: Index Scan on jr_work_queue_due, due rows only; when nothing is
 * due, one page is read whatever the backlog of future rows.
 */
export async function makeReady(db: Queryable): Promise<{ ready: number; nextDueMs: number | null }> {
  let ready = 0
  for (let round = 0; round < batchesMax; round += 1) {
    const [row] = await db.query<{ count: number }>(statement, [batch])
    ready += row?.count ?? 0
    if ((row?.count ?? 0) < batch) break
  }
  const [next] = await db.query<{ due_ms: number | null }>(nextDue)
  return { ready, nextDueMs: next?.due_ms ?? null }
}

/** Exported for the test that reads its plan. */
export const statement = `
with due as materialized (
  select q.id from jr_work_queue q
  where ${isTimed('q')} and ${dueAt('q')} <= now()
  order by ${dueAt('q')}, q.id
  limit $1 for update skip locked
), readied as (
  update jr_work_queue q
  set status = case when ${lineOf('q')} = '' then 'pending' else 'assigned' end, scheduled_at = null
  from due where q.id = due.id
  returning q.id
)
select count(*) as count from readied`

const nextDue = `
select greatest(0, ceil(extract(epoch from (${dueAt('q')})::timestamptz - now()) * 1000))::float8 as due_ms
from jr_work_queue q where ${isTimed('q')} and ${dueAt('q')} > '-infinity' and ${dueAt('q')} < 'infinity'
order by ${dueAt('q')}, q.id limit 1`
