import type { TaskId } from '../../../domain/ids.ts'
import { isFinished } from '../../../domain/task.ts'
import type { OperatorVerdict } from '../../../ports/task-queue.ts'
import type { Database } from '../connect.ts'
import { isTimed } from '../queue-expressions.ts'
import { decideAndChange, waitingStatus } from './verdict.ts'

/**
 * To the front of the common order now, also when it is urgent already (the latest urgent one leads); a task that waits for
 * its time is made ready. `undo` takes the urgency back, also one that comes from sacred_fire_priority.
 */
export function urgent(db: Database, id: TaskId, by: string, undo: boolean): Promise<OperatorVerdict> {
  return decideAndChange(db, id, by, (task) => {
    if (isFinished(task.status)) return { kind: 'refused' }
    if (!undo) return { kind: 'change', statement: raise, values: [by] }
    return task.urgent ? { kind: 'change', statement: lower, values: [] } : { kind: 'unchanged' }
  })
}

const raise = `
update jr_work_queue q
set urgent_at = clock_timestamp(), urgent_by = $2,
  status = case when ${isTimed('q')} then ${waitingStatus('q.assigned_jr')} else q.status end,
  scheduled_at = case when ${isTimed('q')} then null else q.scheduled_at end
where q.id = $1`

const lower = `
update jr_work_queue
set urgent_at = case when coalesce(sacred_fire_priority, 0) > 8 then '-infinity'::timestamptz end, urgent_by = null
where id = $1`
