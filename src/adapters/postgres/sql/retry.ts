import type { TaskId } from '../../../domain/ids.ts'
import { isFinished, nextTaskStatus } from '../../../domain/task.ts'
import type { OperatorVerdict } from '../../../ports/task-queue.ts'
import type { Database } from '../connect.ts'
import { decideAndChange, waitingStatus } from './verdict.ts'

/** A finished task is done again from its first attempt; one that waits for its time is ready now. */
export function retry(db: Database, id: TaskId, by: string): Promise<OperatorVerdict> {
  return decideAndChange(db, id, by, (task) => {
    if (isFinished(task.status)) return { kind: 'change', statement: replay, values: [] }
    if (nextTaskStatus(task.status, 'ready', task.assignedJr !== null) !== undefined) {
      return { kind: 'change', statement: ready, values: [] }
    }
    return task.status === 'in_progress' ? { kind: 'refused' } : { kind: 'unchanged' }
  })
}

/** What makes a finished task one that waits for its first attempt; `jr`: the column of its Jr. */
export const fromTheFirst = (
  jr: string,
): string => `status = ${waitingStatus(jr)}, attempts = 0, scheduled_at = null, started_at = null,
  completed_at = null, progress_percent = 0, progress_note = null, result = null, error = null`

const replay = `update jr_work_queue set ${fromTheFirst('assigned_jr')} where id = $1`

const ready = `
update jr_work_queue set status = ${waitingStatus('assigned_jr')}, scheduled_at = null where id = $1`
