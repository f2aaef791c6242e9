import type { Rescued } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { isAtWork } from '../queue-expressions.ts'
import { countedNow, giveBack, rescuedOfRow, type RescuedRow } from './give-back.ts'

/** More stuck at once are the next call's. */
const batch = 500

/**
 * Tasks that a program without leases took and left. News is the later of the start and the last change of progress; a row
 * that has neither is judged by its last change of status, else by its age. Plan: jr_work_queue_at_work, then primary keys.
 */
export async function rescueStuck(db: Queryable, stuckMs: number): Promise<Rescued[]> {
  const rows = await db.query<RescuedRow>(statement, [stuckMs, batch])
  return rows.map(rescuedOfRow)
}

/** Of the task `q` with the state `s`. */
export const lastNews = `coalesce(greatest(q.started_at::timestamptz, s.progress_at), s.status_changed_at,
  q.created_at::timestamptz, '-infinity')`

const statement = `with ${stuckTasks('$1', '$2')} ${giveBackStuck('$1')}`

/**
 * The CTE `ended`; all three are SQL texts.
 * @param only a condition on doing it at all
 */
export function stuckTasks(stuckMs: string, limit: string, only = 'true'): string {
  return `ended as materialized (
  select q.id as task_id, null::bigint as fence, q.assigned_jr::text as jr_name, false as took_unassigned
  from jr_work_queue q left join jr_task_state s on s.task_id = q.id
  where ${isAtWork('q')} and ${only}
    and ${lastNews} < now() - ${stuckMs}::float8 * interval '1 millisecond'
    and not exists (select from jr_attempts a where a.task_id = q.id and a.ended_at is null)
  order by q.id limit ${limit} for update of q skip locked
)`
}

export function giveBackStuck(stuckMs: string): string {
  return giveBack(countedNow, `'stuck: no progress for ' || round(${stuckMs}::float8 / 60000) || ' min'`)
}
