import { fence, jrName } from '../../../domain/ids.ts'
import type { Claimed, ClaimRequest } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { attemptsOf, claimOrder, isReady, lineOf, rankOf } from '../queue-expressions.ts'
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
 * Plan: Index Scan on jr_work_queue_ready under each Limit, one entry read a task; flat in backlog, future rows and history.
 */
export async function claim(db: Queryable, request: ClaimRequest): Promise<Claimed[]> {
  const lines = request.acceptUnassigned ? [...request.jrNames, unassignedLine] : [...request.jrNames]
  const keyHashes = request.keyHashes.slice(0, batchMax)
  const rows = await db.query<ClaimRow>(
    statement,
    [
      lines,
      request.jrNames[0] ?? '',
      request.instanceId,
      request.nodeId,
      request.leaseMs,
      keyHashes,
      keyHashes.length,
    ],
    'jr_claim',
  )
  return rows.map((row) => claimedOfRow(row, request))
}

const unassignedLine = ''
/** Whatever another program wrote there, counting on from it must fit the column. */
const countedMax = 1_000_000

interface ClaimRow extends TaskRow {
  fence: number
  jr_name: string
  attempt: number
  key_hash: string
}

/** Exported for the test that reads its plan. */
export const statement = `
with lines as materialized (
  select head.line, head.rank, row_number() over (
    order by head.rank, head.line = '', head.sacred desc, head.priority, head.created_at, head.id) as place
  from unnest($1::text[]) as mine (line)
  cross join (values (0), (1)) as urgency (rank)
  cross join lateral (
    select mine.line, urgency.rank, coalesce(q.sacred_fire_priority, 0) as sacred,
      coalesce(q.priority, 5) as priority, q.created_at, q.id
    from jr_work_queue q
    where ${lineOf('q')} = mine.line and ${rankOf('q')} = urgency.rank and ${isReady('q')}
    order by ${claimOrder('q')}
    limit 1) head
  order by place
), picked as materialized (
  select taken.id, lines.line, row_number() over () as nth
  from lines
  cross join lateral (
    select q.id
    from jr_work_queue q
    where ${lineOf('q')} = lines.line and ${rankOf('q')} = lines.rank and ${isReady('q')}
    order by ${claimOrder('q')}
    limit $7 for update skip locked) taken
  limit $7
), q as (
  update jr_work_queue w
  set status = 'in_progress', started_at = now(), completed_at = null, scheduled_at = null,
    progress_percent = 0, progress_note = null, error = null,
    attempts = least(${attemptsOf('w')}, ${countedMax}) + 1,
    assigned_jr = case when picked.line = '' then $2 else w.assigned_jr end
  from picked where w.id = picked.id
  returning w.*, picked.line as jrctl_line, picked.nth as jrctl_nth
), attempt as (
  insert into jr_attempts (task_id, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, lease_expires_at)
  select q.id, q.attempts, q.assigned_jr, $3, $4, ($6::text[])[q.jrctl_nth], q.jrctl_line = '',
    now() + $5::float8 * interval '1 millisecond'
  from q
  returning task_id, fence, jr_name, attempt, key_hash
)
select ${taskColumnsWithVersion('coalesce(s.version, 0) + 1')},
  attempt.fence, attempt.jr_name, attempt.attempt, attempt.key_hash
from q join attempt on attempt.task_id = q.id left join jr_task_state s on s.task_id = q.id
order by q.jrctl_nth`

function claimedOfRow(row: ClaimRow, request: ClaimRequest): Claimed {
  const task = taskOfRow(row)
  return {
    task,
    lease: { taskId: task.id, fence: fence(row.fence), instanceId: request.instanceId },
    jrName: jrName(row.jr_name),
    attempt: row.attempt,
    keyHash: row.key_hash,
  }
}
