import { instanceId, jrName, nodeId, taskId } from '../../../domain/ids.ts'
import type { InProgressTask } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { attemptsOf, epochMs, isAtWork, isUrgent } from '../queue-expressions.ts'

interface Row {
  id: number
  title: string | null
  jr_name: string | null
  instance_id: string | null
  node_id: string | null
  urgent: boolean
  urgent_at: number | null
  started_at: number
  progress_percent: number
  attempt: number
}

/** More tasks at work than this, on all nodes together, are beyond what positions mean. */
const tasksMax = 10_000

/** The tasks at work. Plan: jr_work_queue_at_work, then jr_attempts_open. */
export async function inProgress(db: Queryable): Promise<InProgressTask[]> {
  const rows = await db.query<Row>(statement, [tasksMax])
  return rows.map((row) => ({
    id: taskId(row.id),
    title: row.title ?? '',
    jrName: row.jr_name === null || row.jr_name === '' ? null : jrName(row.jr_name),
    instanceId: row.instance_id === null ? null : instanceId(row.instance_id),
    nodeId: row.node_id === null ? null : nodeId(row.node_id),
    urgent: row.urgent,
    urgentAt: row.urgent_at !== null && Number.isFinite(row.urgent_at) ? row.urgent_at : null,
    startedAt: row.started_at,
    progressPercent: row.progress_percent,
    attempt: row.attempt,
  }))
}

/** Exported for the test that reads its plan. */
export const statement = `
select q.id, q.title, coalesce(a.jr_name, q.assigned_jr::text) as jr_name, a.instance_id, a.node_id,
  ${isUrgent('q')} as urgent, ${epochMs(`nullif(q.urgent_at, '-infinity')`)} as urgent_at,
  coalesce(${epochMs('q.started_at')}, ${epochMs('a.started_at')}, ${epochMs('q.created_at')}, 0) as started_at,
  coalesce(q.progress_percent, 0) as progress_percent, coalesce(a.attempt, ${attemptsOf('q')}) as attempt
from jr_work_queue q left join jr_attempts a on a.task_id = q.id and a.ended_at is null
where ${isAtWork('q')}
order by q.id limit $1`
