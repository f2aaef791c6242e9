import { deadLetterLimits, deadLetterOfTask, type DeadLetter } from '../../../domain/dead-letter.ts'
import { jrName, taskId } from '../../../domain/ids.ts'
import type { Json } from '../../../domain/task.ts'
import { attemptsOf, epochMs, maxAttemptsOf, statusOf } from '../queue-expressions.ts'
import { knownStatus } from './task-row.ts'

export const isDead = (row: string): string => `${row}.status::text = 'failed'`

/** When a dead row died; foreign SQL leaves no time of completion, but the trigger saw it. */
export const diedAt = `coalesce(q.completed_at::timestamptz, s.status_changed_at)`

const description = `left(q.description::text, ${deadLetterLimits.payloadCharacters})`

const columns = `q.id, ${statusOf('q')} as status, coalesce(s.version, 0) as version, q.title,
  q.assigned_jr, left(q.error::text, ${deadLetterLimits.errorCharacters}) as error,
  ${epochMs(`case when ${isDead('q')} then coalesce(${diedAt}, past.died_at) else past.died_at end`)} as died_at,
  ${attemptsOf('q')} as attempts, ${maxAttemptsOf('q')} as max_attempts,
  coalesce(past.replays, 0) as replays, ${epochMs('past.replayed_at')} as replayed_at, past.replayed_by,
  json_build_object('description', ${description}, 'source', q.source, 'created_by', q.created_by,
    'priority', q.priority, 'channel', q.channel, 'tags', q.tags) as payload`

/**
 * Reads the letters of the tasks $1, an array of ids. Replays are what the trigger saw leave `failed`, whoever wrote it.
 * Everything hangs on that array, whose length the planner sees, so that the plan is sound without statistics too, as after a
 * burst of ten thousand deaths: a join with a query of ids, or a lookup a task, became a scan of all events a task.
 */
export const lettersOfIds = `
with past as materialized (
  select e.task_id, count(*) filter (where e.from_status = 'failed') as replays,
    max(e.at) filter (where e.from_status = 'failed') as replayed_at,
    (array_agg(e.actor order by e.version desc) filter (where e.from_status = 'failed'))[1] as replayed_by,
    max(e.at) filter (where e.to_status = 'failed') as died_at
  from jr_events e
  where e.task_id = any ($1::bigint[]) and 'failed' in (e.from_status, e.to_status)
    and e.to_status is distinct from e.from_status
  group by e.task_id)
select ${columns}
from jr_work_queue q
left join jr_task_state s on s.task_id = q.id
left join past on past.task_id = q.id
where q.id = any ($1::bigint[])
order by q.id desc`

export interface DeadLetterRow {
  id: number
  status: string
  version: number
  title: string | null
  assigned_jr: string | null
  error: string | null
  died_at: number | null
  attempts: number
  max_attempts: number
  replays: number
  replayed_at: number | null
  replayed_by: string | null
  payload: Json
}

/** What no task has. */
const ofOthers = { nodeId: null, department: null, schedule: null, lastHealthCheckAt: null } as const

export function deadLetterOfRow(row: DeadLetterRow): DeadLetter {
  const id = taskId(row.id)
  const status = knownStatus(row.status)
  return {
    ...ofOthers,
    id: deadLetterOfTask(id),
    kind: 'task',
    state: status === 'failed' ? 'dead' : row.replays > 0 ? 'replayed' : 'alive',
    taskId: id,
    status,
    version: row.version,
    title: row.title ?? '',
    jrName: row.assigned_jr === null || row.assigned_jr === '' ? null : jrName(row.assigned_jr),
    error: row.error,
    diedAt: row.died_at,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    replays: row.replays,
    settledAt: row.replayed_at,
    settledBy: row.replayed_by,
    payload: row.payload,
  }
}

export interface GoneRow {
  id: number
  version: number
  at: number
  actor: string
  jr_name: string | null
}

/** A task whose row is deleted, from its last event. */
export function deadLetterOfGone(row: GoneRow): DeadLetter {
  const id = taskId(row.id)
  return {
    ...ofOthers,
    id: deadLetterOfTask(id),
    kind: 'task',
    state: 'purged',
    taskId: id,
    status: null,
    version: row.version,
    title: '',
    jrName: row.jr_name === null || row.jr_name === '' ? null : jrName(row.jr_name),
    error: null,
    diedAt: null,
    attempts: 0,
    maxAttempts: null,
    replays: 0,
    settledAt: row.at,
    settledBy: row.actor,
    payload: null,
  }
}
