import { jrName } from '../../../domain/ids.ts'
import type { OnlineJr } from '../../../ports/cluster-duties.ts'
import type { Queryable } from '../connect.ts'
import { isReady, lineOf } from '../queue-expressions.ts'

const jrsMax = 10_000
/** A longer line is as good as this one: nobody gets work who has so much. */
const lineMax = 1_000

/** Plan: jr_status as a whole, then for each Jr online the beginning of its line in jr_work_queue_ready. */
export async function onlineJrs(db: Queryable, offlineAfterMs: number): Promise<OnlineJr[]> {
  const rows = await db.query<{ jr_name: string; load: number }>(statement, [offlineAfterMs, lineMax, jrsMax])
  return rows.map((row) => ({ jrName: jrName(row.jr_name), load: row.load }))
}

const statement = `
select s.jr_name::text as jr_name, greatest(coalesce(s.current_load, 0), 0)::float8 + line.tasks as load
from jr_status s
cross join lateral (
  select count(*)::float8 as tasks
  from (select from jr_work_queue q where ${lineOf('q')} = s.jr_name::text and ${isReady('q')} limit $2) counted) line
where s.is_online and s.jr_name::text <> ''
  and coalesce(s.last_seen::timestamptz, '-infinity') >= now() - $1::float8 * interval '1 millisecond'
order by s.jr_name limit $3`
