import { instanceId, jrName, nodeId, type TaskId } from '../../../domain/ids.ts'
import { attemptOutcomes } from '../../../domain/task.ts'
import type { TaskStanding } from '../../../domain/why/standing.ts'
import type { Queryable } from '../connect.ts'
import { channelOf, isAtWork } from '../queue-expressions.ts'
import { ageMs, leftMs } from './age.ts'
import { taskColumns, taskOfRow, taskTables, type TaskRow } from './task-row.ts'

/** The part of a standing that is the task's own. */
export type SeenTask = Pick<
  TaskStanding,
  | 'task'
  | 'rawStatus'
  | 'statusAgeMs'
  | 'createdAgeMs'
  | 'startedAgeMs'
  | 'progressAgeMs'
  | 'dueInMs'
  | 'closedForMs'
  | 'stuckInMs'
  | 'open'
  | 'last'
> & {
  /** The transaction that locks or locked the row, by its 32-bit number; null: none ever did. */
  lockedBy: string | null
}

/** A task with its open and its latest ended attempt. Plan: primary keys and jr_attempts_open. */
export async function sightTask(db: Queryable, id: TaskId, stuckAfterMs: number): Promise<SeenTask | null> {
  const [row] = await db.query<SightRow>(statement, [id, stuckAfterMs])
  return row === undefined ? null : seenOfRow(row)
}

interface SightRow extends TaskRow {
  raw_status: string
  xmax: string
  status_age: number | null
  created_age: number | null
  started_age: number | null
  progress_age: number | null
  due_in: number | null
  closed_for: number | null
  stuck_in: number | null
  open_attempt: number | null
  open_jr: string
  open_instance: string
  open_node: string
  open_age: number
  renewed_age: number
  lease_left: number
  last_attempt: number | null
  last_jr: string
  last_outcome: string | null
  last_error: string | null
  last_age: number
}

/** As rescue-stuck.ts judges it. */
const lastNews = `coalesce(greatest(q.started_at::timestamptz, s.progress_at), s.status_changed_at,
  q.created_at::timestamptz, '-infinity')`

const statement = `
select ${taskColumns}, coalesce(q.status::text, 'pending') as raw_status, q.xmax::text as xmax,
  ${ageMs('s.status_changed_at')} as status_age, ${ageMs('q.created_at')} as created_age,
  ${ageMs('q.started_at')} as started_age, ${ageMs('s.progress_at')} as progress_age,
  ${leftMs('q.scheduled_at')} as due_in,
  (select ${leftMs('c.closed_until')} from jr_channels c
    where c.channel = ${channelOf('q')} and c.closed_from <= now() and c.closed_until > now()) as closed_for,
  case when ${isAtWork('q')} and a.attempt is null
    then ${leftMs(`${lastNews} + $2::float8 * interval '1 millisecond'`)} end as stuck_in,
  a.attempt as open_attempt, a.jr_name as open_jr, a.instance_id as open_instance, a.node_id as open_node,
  ${ageMs('a.started_at')} as open_age, ${ageMs('coalesce(a.renewed_at, a.started_at)')} as renewed_age,
  ${leftMs('a.lease_expires_at')} as lease_left,
  e.attempt as last_attempt, e.jr_name as last_jr, e.outcome as last_outcome, e.error as last_error,
  ${ageMs('e.ended_at')} as last_age
from ${taskTables}
left join jr_attempts a on a.task_id = q.id and a.ended_at is null
left join lateral (
  select * from jr_attempts e where e.task_id = q.id and e.ended_at is not null order by e.fence desc limit 1) e on true
where q.id = $1`

function seenOfRow(row: SightRow): SeenTask {
  return {
    task: taskOfRow(row),
    rawStatus: row.raw_status,
    statusAgeMs: row.status_age,
    createdAgeMs: row.created_age,
    startedAgeMs: row.started_age,
    progressAgeMs: row.progress_age,
    dueInMs: row.due_in,
    closedForMs: row.closed_for,
    stuckInMs: row.stuck_in,
    open: openOf(row),
    last: lastOf(row),
    lockedBy: row.xmax === '0' ? null : row.xmax,
  }
}

function openOf(row: SightRow): TaskStanding['open'] {
  if (row.open_attempt === null) return null
  return {
    attempt: row.open_attempt,
    jrName: jrName(row.open_jr),
    instanceId: instanceId(row.open_instance),
    nodeId: nodeId(row.open_node),
    ageMs: row.open_age,
    renewedAgeMs: row.renewed_age,
    leaseLeftMs: row.lease_left,
  }
}

function lastOf(row: SightRow): TaskStanding['last'] {
  if (row.last_attempt === null) return null
  return {
    attempt: row.last_attempt,
    jrName: jrName(row.last_jr),
    outcome: attemptOutcomes.find((outcome) => outcome === row.last_outcome) ?? null,
    error: row.last_error,
    endedAgeMs: row.last_age,
  }
}
