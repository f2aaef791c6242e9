import { jrName, taskId } from '../../../domain/ids.ts'
import { attemptOutcomes, type Json } from '../../../domain/task.ts'
import type { EventCursor, TaskEventRecord } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { bounded, endOfGap, newGaps, remainingGaps } from '../event-gaps.ts'
import { epochMs } from '../queue-expressions.ts'
import { knownStatus } from './task-row.ts'

/**
 * More runs of missing ids than this are joined, the events between them included, which are then read again: a long
 * transaction beside many that roll back makes them. Whoever reads keeps each event once anyway.
 */
const gapsMax = 1_000
const limitMax = 10_000

/**
 * The next events. Ids are given at write, but seen at commit: an id that is skipped may still come. Such gaps are kept in
 * the cursor and looked into again, while reading goes on beyond them, so that somebody's long transaction neither hides
 * its events from us nor holds up the others. A gap is let go when every transaction of the time it was first seen has
 * ended: then its id was rolled back. (Waiting for pg_snapshot_xmin instead would stall behind any open writer of a shared
 * database.) Plan: two ranges of the primary key.
 */
export async function events(
  db: Queryable,
  cursor: EventCursor,
  limit: number,
): Promise<{ events: TaskEventRecord[]; cursor: EventCursor }> {
  const bound = Math.min(limitMax, Math.max(1, limit))
  const rows = await db.query<Row>(statement, [
    cursor.id,
    cursor.gaps.map((gap) => gap.id),
    cursor.gaps.map(endOfGap),
    bound,
  ])
  // Half at most, so that joined gaps full of known events do not stand in the way of new ones.
  const lateMax = Math.ceil(bound / 2)
  const late = rows.filter((row) => row.id !== null && row.id <= cursor.id).slice(0, lateMax)
  const fresh = rows.filter((row) => row.id !== null && row.id > cursor.id).slice(0, bound - late.length)
  const oldestRunning = BigInt(rows[0]?.oldest_xid ?? 0)
  const lateIds = late.map((row) => row.id ?? 0)
  const kept = remainingGaps(
    cursor.gaps,
    lateIds,
    late.length === lateMax ? (lateIds.at(-1) ?? 0) : Number.MAX_SAFE_INTEGER,
    (gap) => oldestRunning > BigInt(gap.seenBeforeXid),
  )
  const freshIds = fresh.map((row) => row.id ?? 0)
  const isWhole = (freshIds.at(-1) ?? cursor.id) - cursor.id === freshIds.length
  const found = isWhole ? [] : newGaps(cursor.id, freshIds, await readHorizon(db))
  const gaps = bounded([...kept, ...found], gapsMax)
  return {
    events: [...late, ...fresh].map(eventOfRow),
    cursor: { id: freshIds.at(-1) ?? cursor.id, gaps },
  }
}

/**
 * A transaction id not below that of any writer that had begun: ids were taken before the look that missed them, so
 * whoever took them has a transaction id below one that is made now.
 */
export async function readHorizon(db: Queryable): Promise<string> {
  const [row] = await db.query<{ xid: string }>(`select pg_current_xact_id()::text as xid`)
  return row?.xid ?? '0'
}

interface Row {
  /** Null in the one row that comes when there is no event. */
  id: number | null
  task_id: number
  version: number
  at: number
  kind: TaskEventRecord['kind']
  from_status: string | null
  to_status: string | null
  jr_name: string | null
  actor: string
  changes: { [column: string]: Json }
  attempt_outcome: string | null
  oldest_xid: string
}

const statement = `
select e.id, e.task_id, e.version, ${epochMs('e.at')} as at, e.kind, e.from_status, e.to_status, e.jr_name, e.actor,
  e.changes, e.attempt_outcome, pg_snapshot_xmin(pg_current_snapshot())::text as oldest_xid
from (select) one left join (
  (select l.* from unnest($2::bigint[], $3::bigint[]) as gap (first, last)
   cross join lateral (select * from jr_events where id between gap.first and gap.last order by id limit $4) l
   order by l.id limit $4)
  union all
  (select * from jr_events where id > $1 order by id limit $4)
) e on true
order by e.id`

function eventOfRow(row: Row): TaskEventRecord {
  return {
    id: row.id ?? 0,
    taskId: taskId(row.task_id),
    version: row.version,
    at: row.at,
    kind: row.kind,
    from: row.from_status === null ? null : knownStatus(row.from_status),
    to: row.to_status === null ? null : knownStatus(row.to_status),
    jrName: row.jr_name === null || row.jr_name === '' ? null : jrName(row.jr_name),
    actor: row.actor,
    changes: row.changes,
    attemptOutcome: attemptOutcomes.find((outcome) => outcome === row.attempt_outcome) ?? null,
  }
}
