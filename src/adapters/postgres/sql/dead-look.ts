import type { DeadLetter } from '../../../domain/dead-letter.ts'
import type { TaskId } from '../../../domain/ids.ts'
import type { Queryable } from '../connect.ts'
import { epochMs } from '../queue-expressions.ts'
import {
  deadLetterOfGone,
  deadLetterOfRow,
  lettersOfIds,
  type DeadLetterRow,
  type GoneRow,
} from './dead-letter-row.ts'

/** Tasks as they stand, dead or not; of deleted ones what their last event tells. Plan: primary keys. */
export async function lookAtDead(db: Queryable, ids: readonly TaskId[]): Promise<DeadLetter[]> {
  if (ids.length === 0) return []
  const rows = await db.query<DeadLetterRow>(lettersOfIds, [ids])
  const known = new Set<number>(rows.map((row) => row.id))
  const missing = ids.filter((id) => !known.has(id))
  const goneRows = missing.length === 0 ? [] : await db.query<GoneRow>(gone, [missing])
  return [...rows.map(deadLetterOfRow), ...goneRows.map(deadLetterOfGone)]
}

const gone = `
select * from (
  select distinct on (e.task_id) e.task_id as id, e.version, ${epochMs('e.at')} as at, e.actor, e.jr_name, e.kind
  from jr_events e where e.task_id = any ($1::bigint[])
  order by e.task_id, e.version desc) latest
where kind = 'deleted'`
