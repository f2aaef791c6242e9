import type { TaskRows } from '../../ports/task-rows.ts'
import type { Database } from './connect.ts'
import { taskRows } from './sql/task-rows.ts'

/** The queue's table, row by row, in the form that the trigger gives to events. */
export function createTaskRows(db: Database): TaskRows {
  return { rows: (after, limit) => taskRows(db, after, limit) }
}
