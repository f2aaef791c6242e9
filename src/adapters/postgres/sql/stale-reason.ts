import type { AttemptOutcome, Lease } from '../../../domain/task.ts'
import type { LostLease, StaleReason } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  task_id: number
  fence: number
  outcome: AttemptOutcome | null
  newer: boolean
}

/**
 * Which of these leases are not held any more, and why; read after a write found them so, or passed them over because
 * somebody holds their rows.
 * @param wanted the outcomes that the write would have recorded
 */
export async function lostLeases(
  db: Queryable,
  leases: readonly Lease[],
  wanted: readonly AttemptOutcome[] = [],
): Promise<LostLease[]> {
  if (leases.length === 0) return []
  const rows = await db.query<Row>(
    `select a.task_id, a.fence, a.outcome,
       exists (select from jr_attempts n where n.task_id = a.task_id and n.fence > a.fence) as newer
     from unnest($1::bigint[], $2::bigint[]) as mine (task_id, fence)
     join jr_attempts a on a.task_id = mine.task_id and a.fence = mine.fence`,
    [leases.map((lease) => lease.taskId), leases.map((lease) => lease.fence)],
  )
  const byFence = new Map(rows.map((row) => [row.fence, row]))
  return leases
    .filter((lease) => byFence.get(lease.fence)?.outcome !== null)
    .map((lease) => ({ lease, reason: reasonOf(byFence.get(lease.fence), wanted) }))
}

export async function staleReason(
  db: Queryable,
  lease: Lease,
  wanted: readonly AttemptOutcome[] = [],
): Promise<StaleReason> {
  const [lost] = await lostLeases(db, [lease], wanted)
  return lost?.reason ?? 'unknown'
}

/** `superseded`: somebody took the task since, or this attempt has had another last word already. */
function reasonOf(row: Row | undefined, wanted: readonly AttemptOutcome[]): StaleReason {
  if (row === undefined || row.outcome === null) return 'unknown'
  if (wanted.includes(row.outcome)) return 'recorded'
  if (row.outcome === 'cancelled' || row.outcome === 'foreign') return row.outcome
  return row.outcome === 'expired' && !row.newer ? 'expired' : 'superseded'
}
