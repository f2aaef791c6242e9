import { taskId } from '../../../domain/ids.ts'
import type { OfferedTask } from '../../../domain/acceptance.ts'
import type { Queryable } from '../connect.ts'
import { attemptsOf, claimOrder, isReady, isUrgent, lineOf } from '../queue-expressions.ts'

interface Row {
  id: number
  title: string | null
  source: string | null
  created_by: string | null
  priority: number
  sacred_fire_priority: number
  urgent: boolean
  attempts: number
  channel: string | null
  score: number | null
  campaign_id: number | null
  tags: string[]
}

/** Everybody's line in the order of claims. Plan: Index Scan on jr_work_queue_ready, no Sort. */
export async function unassigned(db: Queryable, skip: number, limit: number): Promise<OfferedTask[]> {
  const rows = await db.query<Row>(statement, [skip, limit])
  return rows.map((row) => ({
    id: taskId(row.id),
    title: row.title ?? '',
    source: row.source ?? '',
    createdBy: row.created_by ?? '',
    priority: row.priority,
    sacredFirePriority: row.sacred_fire_priority,
    urgent: row.urgent,
    attempts: row.attempts,
    channel: row.channel,
    score: row.score,
    campaignId: row.campaign_id,
    tags: row.tags,
  }))
}

/** Counts no further than `max`. */
export async function countUnassigned(db: Queryable, max: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(countStatement, [max])
  return row?.count ?? 0
}

const countStatement = `
select count(*) as count
from (select from jr_work_queue q where ${lineOf('q')} = '' and ${isReady('q')} limit $1) counted`

/** Exported for the test that reads its plan. */
export const statement = `
select q.id, q.title, q.source, q.created_by, coalesce(q.priority, 5) as priority,
  coalesce(q.sacred_fire_priority, 0) as sacred_fire_priority, ${isUrgent('q')} as urgent, ${attemptsOf('q')} as attempts,
  q.channel, q.score::float8 as score, q.campaign_id, coalesce(q.tags::text[], '{}') as tags
from jr_work_queue q
where ${lineOf('q')} = '' and ${isReady('q')}
order by ${claimOrder('q')}
offset $1 limit $2`
