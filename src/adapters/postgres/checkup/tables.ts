import type { TableFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'
import { ageMs } from '../sql/age.ts'

interface Row {
  name: string
  bytes: number
  live_rows: number
  dead_rows: number
  vacuumed_age_ms: number | null
  autovacuum: boolean
  unlogged: boolean
}

/** Our tables with what the statistics estimate of them. */
export async function examineTables(db: Queryable): Promise<TableFacts[]> {
  const rows = await db.query<Row>(statement)
  return rows.map((row) => ({
    name: row.name,
    bytes: row.bytes,
    liveRows: row.live_rows,
    deadRows: row.dead_rows,
    vacuumedAgeMs: row.vacuumed_age_ms,
    autovacuum: row.autovacuum,
    unlogged: row.unlogged,
  }))
}

/** In the queue's schema, whatever begins with jr_. */
const statement = `
select c.relname as name, pg_total_relation_size(c.oid) as bytes,
  coalesce(s.n_live_tup, 0) as live_rows, coalesce(s.n_dead_tup, 0) as dead_rows,
  ${ageMs('greatest(s.last_autovacuum, s.last_vacuum)')} as vacuumed_age_ms,
  not exists (select from unnest(c.reloptions) as o where o in ('autovacuum_enabled=false', 'autovacuum_enabled=off'))
    as autovacuum,
  c.relpersistence = 'u' as unlogged
from pg_class c left join pg_stat_all_tables s on s.relid = c.oid
where c.relkind = 'r' and c.relname ~ '^jr_' and pg_table_is_visible(c.oid)
order by c.relname`
