import type { TaskId } from '../../../domain/ids.ts'
import { isFinished, nextTaskStatus, type Task, type TaskStatus } from '../../../domain/task.ts'
import type { OperatorVerdict, TaskChanges } from '../../../ports/task-queue.ts'
import type { Database, Queryable } from '../connect.ts'
import { checkChanges } from '../new-task-values.ts'
import { timeOf } from '../queue-expressions.ts'
import { decideAndChange, type Plan } from './verdict.ts'

/**
 * Changes a task's columns. Naming or taking away a Jr and setting a time are events of its life: refused as a whole where
 * the table of domain/task.ts refuses them.
 * @throws UserError when a value breaks a bound
 */
export async function set(
  db: Database,
  id: TaskId,
  changes: TaskChanges,
  by: string,
): Promise<OperatorVerdict> {
  checkChanges(changes)
  return decideAndChange(db, id, by, async (task, tx) => planChange(task, changes, await databaseNow(tx)))
}

function planChange(task: Task, changes: TaskChanges, nowMs: number): Plan {
  // What is done stays as it was done; only a replay opens it again.
  if (isFinished(task.status)) return { kind: 'refused' }
  const wanted = differing(task, changes)
  if (Object.keys(wanted).length === 0) return { kind: 'unchanged' }
  const status = statusAfter(task, wanted, nowMs)
  if (status === undefined) return { kind: 'refused' }
  const columns = columnsOf(wanted, nowMs)
  const assignments = columns.map(({ column, sql }, index) => `${column} = ${sql(`$${index + 3}`)}`)
  return {
    kind: 'change',
    statement: `update jr_work_queue set ${['status = $2', ...assignments].join(', ')} where id = $1`,
    values: [status, ...columns.map(({ value }) => value)],
  }
}

/** The status after the events that the changes amount to; undefined when one of them is refused. */
function statusAfter(task: Task, wanted: TaskChanges, nowMs: number): TaskStatus | undefined {
  const jr = wanted.assignedJr === undefined ? task.assignedJr : wanted.assignedJr
  let status: TaskStatus | undefined = task.status
  if (wanted.assignedJr !== undefined) {
    status = nextTaskStatus(status, isNobody(jr) ? 'unassign' : 'assign', !isNobody(jr))
  }
  if (status === undefined || wanted.scheduledAt === undefined) return status
  const isFuture = wanted.scheduledAt !== null && wanted.scheduledAt > nowMs
  if (isFuture) return nextTaskStatus(status, 'schedule', !isNobody(jr))
  return status === 'pending' || status === 'assigned'
    ? status
    : nextTaskStatus(status, 'ready', !isNobody(jr))
}

const isNobody = (jr: string | null): boolean => jr === null || jr === ''

/** Only what is not so already. */
function differing(task: Task, changes: TaskChanges): TaskChanges {
  const entries = Object.entries(changes).filter(([key, value]) => {
    const current: unknown = task[key as keyof TaskChanges]
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(current)
  })
  return Object.fromEntries(entries)
}

interface ColumnChange {
  column: string
  value: unknown
  sql: (parameter: string) => string
}

function columnsOf(wanted: TaskChanges, nowMs: number): ColumnChange[] {
  const plain: readonly [string, unknown][] = [
    ['title', wanted.title],
    ['description', wanted.description],
    ['assigned_jr', wanted.assignedJr === '' ? null : wanted.assignedJr],
    ['priority', wanted.priority],
    ['sacred_fire_priority', wanted.sacredFirePriority],
    ['channel', wanted.channel],
    ['score', wanted.score],
    ['campaign_id', wanted.campaignId],
    ['max_attempts', wanted.maxAttempts],
    ['tags', wanted.tags],
  ]
  const columns = plain
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => ({ column, value, sql: (parameter: string) => parameter }))
  if (wanted.scheduledAt === undefined) return columns
  const value = wanted.scheduledAt !== null && wanted.scheduledAt > nowMs ? wanted.scheduledAt : null
  return [...columns, { column: 'scheduled_at', value, sql: timeOf }]
}

async function databaseNow(tx: Queryable): Promise<number> {
  const [row] = await tx.query<{ now: number }>(`select extract(epoch from now()) * 1000 as now`)
  return row?.now ?? 0
}
