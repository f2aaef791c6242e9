import { jrName, taskId } from '../../../domain/ids.ts'
import {
  finishedStatuses,
  listedTextCharacters,
  taskStatuses,
  type Json,
  type ListedTask,
  type Task,
  type TaskStatus,
} from '../../../domain/task.ts'
import { attemptsOf, epochMs, isUrgent, maxAttemptsOf, statusOf } from '../queue-expressions.ts'

/** Programs that know only the legacy columns leave no time of completion; the trigger saw when the status changed. */
const completedAt = `coalesce(q.completed_at::timestamptz,
    case when q.status::text in (${finishedStatuses.map((status) => `'${status}'`).join(', ')}) then s.status_changed_at end)`

/**
 * The columns of a task, from `jr_work_queue q` left-joined with `jr_task_state s`. A row written before the migration has
 * no state: its version is 0 until its first change.
 */
export const taskColumns = taskColumnsWithVersion('coalesce(s.version, 0)')

/** `version` as an expression, for statements whose own change the trigger has yet to count. */
export function taskColumnsWithVersion(version: string): string {
  return columns(version, (text) => text, 'q.result')
}

const cutText = (text: string): string => `left(${text}::text, ${listedTextCharacters})`
const listedTexts = ['title', 'description', 'source', 'created_by', 'progress_note', 'error']
const isLong = (name: string): string =>
  `coalesce(length(left(q.${name}::text, ${listedTextCharacters + 1})) > ${listedTextCharacters}, false)`
/** Looks into small results alone: `null` is what a task without a result is completed with. */
const hasResult = `coalesce(case when pg_column_size(q.result) > 100 then true else q.result::text <> 'null' end, false)`

/** Of a `ListedTask`. Nothing here reads a large value whole: of a long text Postgres unpacks the beginning alone. */
export const listedTaskColumns = `${columns('coalesce(s.version, 0)', cutText, 'null')},
  ${[hasResult, ...listedTexts.map(isLong)].join(' or ')} as is_cut`

/** `text` may shorten a text column of any length. */
function columns(version: string, text: (column: string) => string, result: string): string {
  return `q.id, ${text('q.title')} as title, ${text('q.description')} as description, ${text('q.source')} as source,
  ${text('q.created_by')} as created_by, q.assigned_jr, ${statusOf('q')} as status,
  coalesce(q.priority, 5) as priority, coalesce(q.sacred_fire_priority, 0) as sacred_fire_priority,
  coalesce(q.progress_percent, 0) as progress_percent, ${text('q.progress_note')} as progress_note,
  coalesce(${epochMs('q.created_at')}, 0) as created_at, ${epochMs('q.started_at')} as started_at,
  ${epochMs(completedAt)} as completed_at, ${epochMs('q.scheduled_at')} as scheduled_at,
  ${isUrgent('q')} as urgent, ${epochMs(`nullif(q.urgent_at, '-infinity')`)} as urgent_at, q.urgent_by,
  ${attemptsOf('q')} as attempts, ${maxAttemptsOf('q')} as max_attempts,
  q.channel, q.score::float8 as score, q.campaign_id, coalesce(q.tags::text[], '{}') as tags,
  ${result} as result, ${text('q.error')} as error, ${version} as version`
}

export const taskTables = `jr_work_queue q left join jr_task_state s on s.task_id = q.id`

export interface TaskRow {
  id: number
  title: string | null
  description: string | null
  source: string | null
  created_by: string | null
  assigned_jr: string | null
  status: string
  priority: number
  sacred_fire_priority: number
  progress_percent: number
  progress_note: string | null
  created_at: number
  started_at: number | null
  completed_at: number | null
  scheduled_at: number | null
  urgent: boolean
  urgent_at: number | null
  urgent_by: string | null
  attempts: number
  max_attempts: number
  channel: string | null
  score: number | null
  campaign_id: number | null
  tags: string[]
  result: Json
  error: string | null
  version: number
}

export function taskOfRow(row: TaskRow): Task {
  return {
    id: taskId(row.id),
    title: row.title ?? '',
    description: row.description ?? '',
    source: row.source ?? '',
    createdBy: row.created_by ?? '',
    assignedJr: row.assigned_jr === null || row.assigned_jr === '' ? null : jrName(row.assigned_jr),
    status: knownStatus(row.status),
    priority: row.priority,
    sacredFirePriority: row.sacred_fire_priority,
    progressPercent: row.progress_percent,
    progressNote: row.progress_note,
    createdAt: row.created_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    scheduledAt: finite(row.scheduled_at),
    urgent: row.urgent,
    urgentAt: finite(row.urgent_at),
    urgentBy: row.urgent_by,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    channel: row.channel,
    score: row.score,
    campaignId: row.campaign_id,
    tags: row.tags,
    result: row.result,
    error: row.error,
    version: row.version,
  }
}

export interface ListedTaskRow extends TaskRow {
  is_cut: boolean
}

export function listedTaskOfRow(row: ListedTaskRow): ListedTask {
  return { ...taskOfRow(row), isCut: row.is_cut }
}

/**
 * Other programs may write statuses of their own ("blocked", "done"). Such a row is outside the life that we manage: it is
 * shown as cancelled, from where the only way on is an operator's replay.
 */
export function knownStatus(text: string): TaskStatus {
  return taskStatuses.find((status) => status === text) ?? 'cancelled'
}

function finite(time: number | null): number | null {
  return time !== null && Number.isFinite(time) ? time : null
}
