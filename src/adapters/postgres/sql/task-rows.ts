import { taskId } from '../../../domain/ids.ts'
import type { TaskRowState } from '../../../domain/ledger-check.ts'
import type { Json } from '../../../domain/task.ts'
import type { Queryable } from '../connect.ts'
import { shownValue } from '../migrations/0003-trigger.ts'
import { sharedTables } from '../schema-columns.ts'

const limitMax = 1_000

/** Plan: a range of the primary key. */
export async function taskRows(db: Queryable, after: number, limit: number): Promise<TaskRowState[]> {
  const rows = await db.query<Row>(statement, [after, Math.min(limitMax, Math.max(1, limit))])
  return rows.map(({ id, version, columns }) => ({ taskId: taskId(id), version, columns }))
}

interface Row {
  id: number
  version: number
  columns: { [column: string]: Json }
}

const members = sharedTables.jr_work_queue.map(
  (column) => `'"${column.name}":' || ${shownValue(column, 'q')}`,
)

const statement = `
select q.id, coalesce(s.version, 0) as version, ('{' || concat_ws(',', ${members.join(', ')}) || '}')::jsonb as columns
from jr_work_queue q left join jr_task_state s on s.task_id = q.id
where q.id > $1
order by q.id
limit $2`
