import { taskStatuses } from '../../../domain/task.ts'
import type { QueueCounts } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { waited } from './waited.ts'
import { isReady, lineOf, priorityOrder, rankOf, sacredOrder } from '../queue-expressions.ts'

/**
 * Counts by status, and how long the task has been ready that waits longest, as the cycle's snapshot has it. Rows with statuses of other programs are not counted. The cost is
 * flat in backlog and history: the trigger keeps the counts, and of each priority of each line only the oldest is looked at, and of
 * the oldest ten of those a few more.
 */
export async function counts(db: Queryable): Promise<QueueCounts> {
  const rows = await db.query<{ status: string | null; tasks: number; oldest_ready_ms: number | null }>(
    statement,
  )
  const byStatus = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as QueueCounts['byStatus']
  for (const status of taskStatuses) byStatus[status] = rows.find((row) => row.status === status)?.tasks ?? 0
  return { byStatus, oldestReadyMs: rows[0]?.oldest_ready_ms ?? null }
}

/** Lines times priorities; beyond, the oldest of those seen is told. */
const headsMax = 10_000

const head = `${lineOf('q')} as line, ${rankOf('q')} as rank, ${sacredOrder('q')} as sacred,
    ${priorityOrder('q')} as priority, q.created_at::timestamptz as created_at`
const order = `${lineOf('q')}, ${rankOf('q')}, ${sacredOrder('q')}, ${priorityOrder('q')}`

/**
 * A CTE (of a WITH RECURSIVE): the oldest ready task of each priority of each line. Plan: as many probes of
 * jr_work_queue_ready as lines have priorities.
 */
export const heads = `heads as (
  (select 1 as nth, ${head} from jr_work_queue q where ${isReady('q')} order by ${order}, q.created_at limit 1)
  union all
  select heads.nth + 1, next.* from heads cross join lateral (
    select ${head} from jr_work_queue q
    where ${isReady('q')} and (${order}) > (heads.line, heads.rank, heads.sacred, heads.priority)
    order by ${order}, q.created_at limit 1) next
  where heads.nth < ${headsMax}
)`

/** Exported for the test that reads its plan. */
export const statement = `
with recursive ${heads}, ${waited}, oldest as (select max(waited_ms) as oldest_ready_ms from waited)
select counted.status, counted.tasks, oldest.oldest_ready_ms
from oldest left join (
  select status, sum(tasks)::bigint as tasks from jr_task_counts group by status
) counted on true`
