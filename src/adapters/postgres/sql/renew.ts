import type { Lease } from '../../../domain/task.ts'
import type { LostLease } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { lostLeases } from './stale-reason.ts'

/**
 * Prolongs leases; touches attempts alone, no indexed column (HOT). Rows are locked in the order of their task, so that two
 * such statements never wait for one another in a circle. One that somebody's open transaction holds is passed over, so that
 * it costs the others nothing: it is tried again with the next renewal. Plan: primary key of jr_attempts.
 */
export async function renew(db: Queryable, leases: readonly Lease[], leaseMs: number): Promise<LostLease[]> {
  if (leases.length === 0) return []
  const rows = await db.query<{ fence: number }>(statement, [
    leases.map((lease) => lease.taskId),
    leases.map((lease) => lease.fence),
    leaseMs,
  ])
  const kept = new Set<number>(rows.map((row) => row.fence))
  return lostLeases(
    db,
    leases.filter((lease) => !kept.has(lease.fence)),
  )
}

const statement = `
with held as materialized (
  select a.task_id, a.fence
  from jr_attempts a join unnest($1::bigint[], $2::bigint[]) as mine (task_id, fence)
    on a.task_id = mine.task_id and a.fence = mine.fence
  where a.ended_at is null
  order by a.task_id for update of a skip locked
)
update jr_attempts a
set renewed_at = now(), lease_expires_at = now() + $3::float8 * interval '1 millisecond'
from held where a.task_id = held.task_id and a.fence = held.fence and a.ended_at is null
returning a.fence`
