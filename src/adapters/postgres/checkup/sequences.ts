import type { SequenceFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

/** How far our sequences are; an id column may be narrower than its sequence (a serial one made by hand). */
export function examineSequences(db: Queryable): Promise<SequenceFacts[]> {
  return db.query<SequenceFacts>(statement)
}

const statement = `
select c.relname::text as name,
  (coalesce(s.last_value, 0)::float8 / least(s.max_value, ${Number.MAX_SAFE_INTEGER},
    case t.atttypid when 'int4'::regtype then 2147483647 when 'int2'::regtype then 32767 end))::float8 as used
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname
left join pg_depend d on d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
left join pg_attribute t on t.attrelid = d.refobjid and t.attnum = d.refobjsubid
where c.relkind = 'S' and c.relname ~ '^jr_' and pg_table_is_visible(c.oid)
order by used desc`
