import { jrName } from '../../../domain/ids.ts'
import type { OnlineJr } from '../../../ports/cluster-duties.ts'
import type { Queryable } from '../connect.ts'
import { isReady, lineOf } from '../queue-expressions.ts'
import { instanceFreshness } from './beat.ts'

const jrsMax = 10_000
/** A longer line is as good as this one: nobody gets work who has so much. */
const lineMax = 1_000

/**
 * A Jr all of whose living instances are on nodes that hold back claims would let its tasks lie; it is left out. One without
 * instances keeps none (it knows the legacy tables alone) and is not.
 * Plan: jr_status as a whole, then for each Jr online the beginning of its line in jr_work_queue_ready.
 */
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
  and coalesce((
    select bool_or(coalesce(n.claims_held_until, '-infinity') <= now())
    from jr_instances i left join jr_nodes n on n.node_id = i.node_id
    where i.jr_name = s.jr_name::text and i.last_seen > now() - ${instanceFreshness}), true)
order by s.jr_name limit $3`
