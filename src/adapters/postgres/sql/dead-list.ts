import type { DeadLetter } from '../../../domain/dead-letter.ts'
import type { DeadTaskFilter } from '../../../ports/dead-letters.ts'
import type { Queryable } from '../connect.ts'
import { timeOf } from '../queue-expressions.ts'
import { deadLetterOfRow, diedAt, isDead, lettersOfIds, type DeadLetterRow } from './dead-letter-row.ts'

const limitMax = 1_000

/** Dead tasks, highest id first. Plan: jr_work_queue_dead backwards, filtered, until the limit is full; then primary keys. */
export async function listDead(db: Queryable, filter: DeadTaskFilter): Promise<DeadLetter[]> {
  const values: unknown[] = []
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const found = (column: string, text: string): string =>
    `strpos(lower(${column}::text), lower(${parameter(text)}::text)) > 0`
  const conditions = [
    isDead('q'),
    filter.jrName !== undefined && `q.assigned_jr::text = ${parameter(filter.jrName)}`,
    filter.before !== undefined && `q.id < ${parameter(filter.before)}`,
    filter.since !== undefined && `${diedAt} >= ${timeOf(parameter(filter.since))}`,
    filter.search !== undefined &&
      `(${found('q.title', filter.search)} or ${found('q.error', filter.search)})`,
  ].filter((condition) => condition !== false)
  const limit = parameter(Math.min(limitMax, Math.max(1, filter.limit)))
  const page = await db.query<{ id: number }>(
    `select q.id from jr_work_queue q left join jr_task_state s on s.task_id = q.id
     where ${conditions.join(' and ')} order by q.id desc limit ${limit}`,
    values,
  )
  if (page.length === 0) return []
  const rows = await db.query<DeadLetterRow>(lettersOfIds, [page.map(({ id }) => id)])
  // One may have been replayed between the two statements.
  return rows.map(deadLetterOfRow).filter(({ state }) => state === 'dead')
}
