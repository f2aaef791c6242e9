import type { Task } from '../../../domain/task.ts'
import type { TaskFilter } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { statusOf } from '../queue-expressions.ts'
import { taskColumns, taskOfRow, taskTables, type TaskRow } from './task-row.ts'

const limitMax = 1_000

/** Newest first. Plan: primary key backwards, filtered, until the limit is full. */
export async function list(db: Queryable, filter: TaskFilter): Promise<Task[]> {
  const values: unknown[] = []
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const conditions = [
    filter.statuses && `${statusOf('q')} = any (${parameter(filter.statuses)}::text[])`,
    filter.jrName && `q.assigned_jr::text = ${parameter(filter.jrName)}`,
    filter.before && `q.id < ${parameter(filter.before)}`,
    filter.search && `strpos(lower(q.title), lower(${parameter(filter.search)})) > 0`,
  ].filter((condition): condition is string => typeof condition === 'string' && condition !== '')
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  const limit = parameter(Math.min(limitMax, Math.max(1, filter.limit)))
  const rows = await db.query<TaskRow>(
    `select ${taskColumns} from ${taskTables} ${where} order by q.id desc limit ${limit}`,
    values,
  )
  return rows.map(taskOfRow)
}
