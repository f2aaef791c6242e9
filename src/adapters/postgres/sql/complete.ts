import type { Json, Lease } from '../../../domain/task.ts'
import type { WriteVerdict } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { jsonForDatabase } from '../outgoing-values.ts'
import { endAttempt, writeUnderFence } from './end-attempt.ts'

/** The attempt has done the task. Plan: primary keys. */
export function complete(db: Queryable, lease: Lease, result: Json): Promise<WriteVerdict> {
  return writeUnderFence(db, lease, statement, [jsonForDatabase(result)])
}

const statement = `
with ${endAttempt(`outcome = 'completed'`)}
update jr_work_queue q
set status = 'completed', completed_at = now(), progress_percent = 100, result = $3::jsonb, error = null
from ended where q.id = ended.task_id
returning q.id`
