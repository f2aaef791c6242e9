import { jrName, type JrName } from '../../../domain/ids.ts'
import type { Queryable } from '../connect.ts'

/** Jrs that went silent are offline; instances silent for a day are forgotten. */
export async function markSilentOffline(db: Queryable, silentMs: number): Promise<JrName[]> {
  const rows = await db.query<{ jr_name: string }>(statement, [silentMs])
  return rows.map((row) => jrName(row.jr_name))
}

const statement = `with ${silentJrs('$1')} ${goOffline()}`

/**
 * The CTE `silent`, and the forgetting of instances; both are SQL texts.
 * @param only a condition on doing it at all
 */
export function silentJrs(silentMs: string, only = 'true'): string {
  return `silent as materialized (
  select jr_name from jr_status
  where is_online and ${only}
    and coalesce(last_seen::timestamptz, '-infinity') < now() - ${silentMs}::float8 * interval '1 millisecond'
  order by jr_name for update skip locked
), forgotten as (
  delete from jr_instances where last_seen < now() - interval '1 day' and ${only}
)`
}

export function goOffline(): string {
  return `update jr_status s set is_online = false, status = 'offline', current_load = 0
from silent where s.jr_name = silent.jr_name
returning s.jr_name::text as jr_name`
}
