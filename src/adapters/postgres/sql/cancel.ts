import type { TaskId } from '../../../domain/ids.ts'
import { nextTaskStatus } from '../../../domain/task.ts'
import type { OperatorVerdict } from '../../../ports/task-queue.ts'
import type { Database } from '../connect.ts'
import { errorForDatabase } from '../outgoing-values.ts'
import { decideAndChange } from './verdict.ts'

/** Ends a task; a running attempt is ended in the same statement, and its worker is told by the trigger. */
export function cancel(db: Database, id: TaskId, by: string, reason: string): Promise<OperatorVerdict> {
  return decideAndChange(db, id, by, (task) => {
    if (task.status === 'cancelled') return { kind: 'unchanged' }
    if (nextTaskStatus(task.status, 'cancel', task.assignedJr !== null) === undefined)
      return { kind: 'refused' }
    return { kind: 'change', statement, values: [reason === '' ? null : errorForDatabase(reason)] }
  })
}

const statement = `
with ended as (
  update jr_attempts set ended_at = now(), outcome = 'cancelled', error = $2
  where task_id = $1 and ended_at is null
)
update jr_work_queue set status = 'cancelled', completed_at = now(), scheduled_at = null, error = $2 where id = $1`
