import { fence, jrName } from '../../../domain/ids.ts'
import type { Claimed, ClaimRequest } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import {
  attemptsOf,
  claimOrder,
  isReady,
  lineOf,
  placeOf,
  priorityOrder,
  rankOf,
  sacredOrder,
} from '../queue-expressions.ts'
import { closedChannels, isOpenChannel } from './closed-channels.ts'
import { taskColumnsWithVersion, taskOfRow, type TaskRow } from './task-row.ts'

/** More at once would hold their rows' locks for long; the next claim takes the rest. */
const batchMax = 1_000

/**
 * Takes the next ready tasks and opens their attempts, in one statement.
 *
 * A Jr's own line and the unassigned one are probes of the same index, merged by their heads; never an OR, which ends in a
 * Seq Scan and a Sort. Urgent work comes first from whichever line, then the Jr's own before unassigned: each line is
 * probed once for its urgent tasks and once for the others, and they are emptied in the order of their heads. A row is
 * locked only where it is taken (`lateral … for update skip locked` under the outer limit): a row that is locked but not
 * taken would look claimed to others for a moment, and they would go to sleep beside it.
 *
 * An attempt begins by the clock, not with its transaction: that may have begun before the end of the attempt before it.
 *
 * A node whose daemon holds claims (its disk is full, say) gets nothing. Tasks of a channel that a strict window closes are passed
 * over; they are few, since the leader puts them off (put-off-closed.ts).
 *
 * No CTE is joined with another: the planner knows no sizes of them, and would compare each row with each.
 *
 * @param starts where to begin in a line, for tasks without urgency; by default at its head. What was claimed stays in the
 * index until it may be vacuumed, so that under somebody's old transaction a claim from the head walks over all of it.
 *
 * Plan: Index Scan on jr_work_queue_ready under each Limit, one entry read a task; flat in backlog, future rows and history.
 */
export async function claim(
  db: Queryable,
  request: ClaimRequest,
  starts: ReadonlyMap<string, Place> = fromTheHead,
): Promise<Claim> {
  const keyHashes = request.keyHashes.slice(0, batchMax)
  const probes = linesOf(request).flatMap((line) => [
    { line, rank: 0, ...head },
    { line, rank: 1, ...(starts.get(line) ?? head) },
  ])
  const rows = await db.query<ClaimRow>(
    statement,
    [
      probes.map(({ line }) => line),
      probes.map(({ rank }) => rank),
      probes.map(({ sacred }) => sacred),
      probes.map(({ priority }) => priority),
      probes.map(({ createdAt }) => createdAt),
      probes.map(({ id }) => id),
      request.jrNames[0] ?? '',
      request.instanceId,
      request.nodeId,
      request.leaseMs,
      keyHashes,
      keyHashes.length,
    ],
    'jr_claim',
  )
  return { claimed: rows.map((row) => claimedOfRow(row, request)), ends: endsOf(rows) }
}

/** Where a task without urgency stands in its line. */
export interface Place {
  /** Negative sacred_fire_priority. */
  sacred: number
  priority: number
  /** As Postgres writes it: to the microsecond. */
  createdAt: string
  id: number
}

export interface Claim {
  claimed: Claimed[]
  /** The last place without urgency that was taken, by line. */
  ends: Map<string, Place>
}

/** Before all that is in a line. */
export const head: Place = { sacred: -(2 ** 53), priority: -(2 ** 53), createdAt: '-infinity', id: 0 }
const fromTheHead: ReadonlyMap<string, Place> = new Map()

function endsOf(rows: readonly ClaimRow[]): Map<string, Place> {
  const ends = new Map<string, Place>()
  for (const {
    line,
    rank,
    place_sacred: sacred,
    place_priority: priority,
    place_created_at: createdAt,
    id,
  } of rows) {
    if (rank === 1 && createdAt !== null) ends.set(line, { sacred, priority, createdAt, id })
  }
  return ends
}

/** The lines that a request takes from, in its order. */
export function linesOf({ jrNames, acceptUnassigned }: ClaimRequest): string[] {
  return acceptUnassigned ? [...jrNames, unassignedLine] : [...jrNames]
}

const unassignedLine = ''
/** Whatever another program wrote there, counting on from it must fit the column. */
const countedMax = 1_000_000

interface ClaimRow extends TaskRow {
  fence: number
  /** From 1. */
  nth: number
  line: string
  rank: number
  place_sacred: number
  place_priority: number
  place_created_at: string | null
}

/** The ready tasks of a line and rank, from a place on. */
export function ofProbe(probe: string): string {
  return `${lineOf('q')} = ${probe}.line and ${rankOf('q')} = ${probe}.rank and ${isReady('q')}
      and (${placeOf('q')}) >= (${probe}.sacred, ${probe}.priority, ${probe}.created_at, ${probe}.id)`
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${closedChannels}, lines as materialized (
  select probe.*, row_number() over (
    order by probe.rank, probe.line = '', head.sacred, head.priority, head.created_at, head.id) as nth
  from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[])
    as probe (line, rank, sacred, priority, created_at, id)
  cross join lateral (
    select ${sacredOrder('q')} as sacred, ${priorityOrder('q')} as priority, q.created_at, q.id
    from jr_work_queue q
    where ${ofProbe('probe')} and ${isOpenChannel('q')}
    order by ${claimOrder('q')}
    limit 1) head
  where not exists (select from jr_nodes n where n.node_id = $9 and n.claims_held_until > now())
  order by nth
), picked as materialized (
  select taken.id, probe.line, probe.rank, row_number() over () as nth
  from lines probe
  cross join lateral (
    select q.id
    from jr_work_queue q
    where ${ofProbe('probe')} and ${isOpenChannel('q')}
    order by ${claimOrder('q')}
    limit $12 for update skip locked) taken
  limit $12
), q as (
  update jr_work_queue w
  set status = 'in_progress', started_at = now(), completed_at = null, scheduled_at = null,
    progress_percent = 0, progress_note = null, error = null,
    attempts = least(${attemptsOf('w')}, ${countedMax}) + 1,
    assigned_jr = case when picked.line = '' then $7 else w.assigned_jr end
  from picked where w.id = picked.id
  returning w.*, picked.line as jrctl_line, picked.rank as jrctl_rank, picked.nth as jrctl_nth,
    nextval('jr_fence') as jrctl_fence
), attempt as (
  insert into jr_attempts
    (task_id, fence, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, started_at, lease_expires_at)
  select q.id, q.jrctl_fence, q.attempts, q.assigned_jr, $8, $9, ($11::text[])[q.jrctl_nth], q.jrctl_line = '',
    clock_timestamp(), clock_timestamp() + $10::float8 * interval '1 millisecond'
  from q
)
select ${taskColumnsWithVersion('coalesce(s.version, 0) + 1')}, q.jrctl_fence as fence, q.jrctl_nth as nth,
  q.jrctl_line as line, q.jrctl_rank as rank, ${sacredOrder('q')} as place_sacred,
  ${priorityOrder('q')} as place_priority, q.created_at::timestamptz::text as place_created_at
from q left join jr_task_state s on s.task_id = q.id
order by q.jrctl_nth`

function claimedOfRow(row: ClaimRow, request: ClaimRequest): Claimed {
  const task = taskOfRow(row)
  return {
    task,
    lease: { taskId: task.id, fence: fence(row.fence), instanceId: request.instanceId },
    jrName: jrName(row.assigned_jr ?? ''),
    attempt: row.attempts,
    keyHash: request.keyHashes[row.nth - 1] ?? '',
  }
}
