import { taskStatuses } from '../../../domain/task.ts'
import type { QueueCounts } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { isReady, statusOf } from '../queue-expressions.ts'

/** Counts by status, and the age of the oldest ready task. Rows with statuses of other programs are not counted. */
export async function counts(db: Queryable): Promise<QueueCounts> {
  const rows = await db.query<{ status: string; count: number; oldest_ready_ms: number | null }>(statement)
  const byStatus = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as QueueCounts['byStatus']
  for (const status of taskStatuses) byStatus[status] = rows.find((row) => row.status === status)?.count ?? 0
  const ages = rows.map((row) => row.oldest_ready_ms).filter((age) => age !== null)
  return { byStatus, oldestReadyMs: ages.length === 0 ? null : Math.max(...ages) }
}

// `greatest` passes over a null, so the age of nobody must be left out of it.
const statement = `
select status, count, case when oldest is not null
    then greatest(0, floor(extract(epoch from now() - oldest) * 1000))::float8 end as oldest_ready_ms
from (
  select ${statusOf('q')} as status, count(*) as count,
    min(q.created_at) filter (where ${isReady('q')})::timestamptz as oldest
  from jr_work_queue q group by 1
) counted`
