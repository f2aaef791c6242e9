import { jrName, type JrName } from '../../../domain/ids.ts'
import type { Queryable } from '../connect.ts'
import { isAtWork } from '../queue-expressions.ts'
import { lastNews } from './rescue-stuck.ts'

/** As many as one call of each rescue takes. */
const batch = 500

export interface WouldRescue {
  /** Tasks whose lease has run out. */
  expired: number
  /** Tasks without a lease and without news. */
  stuck: number
  /** Jrs that are online and were not seen for too long. */
  silent: JrName[]
}

/** What `rescueExpired`, `rescueStuck` and `markSilentOffline` would find now; locks and changes nothing. Plans: as theirs. */
export async function wouldRescue(db: Queryable, stuckMs: number, silentMs: number): Promise<WouldRescue> {
  const [row] = await db.query<{ expired: number; stuck: number; silent: string[] | null }>(statement, [
    stuckMs,
    silentMs,
    batch,
  ])
  return {
    expired: row?.expired ?? 0,
    stuck: row?.stuck ?? 0,
    silent: (row?.silent ?? []).map((name) => jrName(name)),
  }
}

export const statement = `select
  (select count(*)::int from (
    select from jr_attempts a join jr_work_queue q on q.id = a.task_id
    where a.ended_at is null and a.lease_expires_at < now() limit $3
  ) lost) as expired,
  (select count(*)::int from (
    select from jr_work_queue q left join jr_task_state s on s.task_id = q.id
    where ${isAtWork('q')} and ${lastNews} < now() - $1::float8 * interval '1 millisecond'
      and not exists (select from jr_attempts a where a.task_id = q.id and a.ended_at is null)
    limit $3
  ) still) as stuck,
  (select array_agg(jr_name::text order by jr_name) from jr_status
    where is_online
      and coalesce(last_seen::timestamptz, '-infinity') < now() - $2::float8 * interval '1 millisecond'
  ) as silent`
