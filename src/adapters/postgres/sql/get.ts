import { fence, instanceId, jrName, nodeId, taskId, type TaskId } from '../../../domain/ids.ts'
import { attemptOutcomes, type Attempt, type Task } from '../../../domain/task.ts'
import type { TaskDetail } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { epochMs } from '../queue-expressions.ts'
import { taskColumns, taskOfRow, taskTables, type TaskRow } from './task-row.ts'

/** Attempts shown at most, the latest. */
const attemptsMax = 1_000

/** A task with its attempts, oldest first. Plan: primary keys. */
export async function get(db: Queryable, id: TaskId): Promise<TaskDetail | null> {
  const task = await readTask(db, id)
  if (task === null) return null
  const rows = await db.query<AttemptRow>(attemptsStatement, [id, attemptsMax])
  return { task, attempts: rows.map(attemptOfRow).toReversed() }
}

export async function readTask(db: Queryable, id: TaskId): Promise<Task | null> {
  const [row] = await db.query<TaskRow>(`select ${taskColumns} from ${taskTables} where q.id = $1`, [id])
  return row === undefined ? null : taskOfRow(row)
}

/** The same, holding the row until the transaction ends. */
export async function lockTask(db: Queryable, id: TaskId): Promise<Task | null> {
  const [row] = await db.query<TaskRow>(
    `select ${taskColumns} from ${taskTables} where q.id = $1 for update of q`,
    [id],
  )
  return row === undefined ? null : taskOfRow(row)
}

interface AttemptRow {
  task_id: number
  fence: number
  attempt: number
  jr_name: string
  instance_id: string
  node_id: string
  started_at: number
  lease_expires_at: number
  ended_at: number | null
  outcome: string | null
  error: string | null
}

const attemptsStatement = `
select task_id, fence, attempt, jr_name, instance_id, node_id, ${epochMs('started_at')} as started_at,
  ${epochMs('lease_expires_at')} as lease_expires_at, ${epochMs('ended_at')} as ended_at, outcome, error
from jr_attempts where task_id = $1 order by fence desc limit $2`

function attemptOfRow(row: AttemptRow): Attempt {
  return {
    taskId: taskId(row.task_id),
    fence: fence(row.fence),
    attempt: row.attempt,
    jrName: jrName(row.jr_name),
    instanceId: instanceId(row.instance_id),
    nodeId: nodeId(row.node_id),
    startedAt: row.started_at,
    leaseExpiresAt: row.lease_expires_at,
    endedAt: row.ended_at,
    outcome: attemptOutcomes.find((outcome) => outcome === row.outcome) ?? null,
    error: row.error,
  }
}
