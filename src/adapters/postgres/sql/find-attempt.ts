import { fence, instanceId, jrName, taskId } from '../../../domain/ids.ts'
import { attemptOutcomes } from '../../../domain/task.ts'
import type { HashedKey, KeyedAttempt } from '../../../ports/attempt-keys.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  task_id: number
  fence: number
  instance_id: string
  jr_name: string
  attempt: number
  lease_ms: number
  outcome: string | null
}

/**
 * An attempt by its key. Plan: with the task's id the primary key of jr_attempts, whose entries of one task are few; without,
 * jr_attempts_open, since an index on the hash would be written by every claim for the sake of those who do not tell.
 */
export async function findAttempt(db: Queryable, key: HashedKey): Promise<KeyedAttempt | null> {
  const [row] =
    key.taskId === null
      ? await db.query<Row>(openStatement, [key.keyHash], 'jr_find_open_attempt')
      : await db.query<Row>(ofTaskStatement, [key.keyHash, key.taskId], 'jr_find_attempt')
  return row === undefined ? null : keyedOfRow(row)
}

const columns = `task_id, fence, instance_id, jr_name, attempt, outcome,
  floor(extract(epoch from lease_expires_at - coalesce(renewed_at, started_at)) * 1000)::float8 as lease_ms`

const openStatement = `select ${columns} from jr_attempts where key_hash = $1 and ended_at is null limit 1`

const ofTaskStatement = `
select ${columns} from jr_attempts where key_hash = $1 and task_id = $2 order by fence desc limit 1`

function keyedOfRow(row: Row): KeyedAttempt {
  return {
    lease: {
      taskId: taskId(row.task_id),
      fence: fence(row.fence),
      instanceId: instanceId(row.instance_id),
    },
    jrName: jrName(row.jr_name),
    attempt: row.attempt,
    leaseMs: row.lease_ms,
    outcome: attemptOutcomes.find((outcome) => outcome === row.outcome) ?? null,
  }
}
