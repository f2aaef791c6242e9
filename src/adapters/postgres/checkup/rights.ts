import type { MissingRight } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  object: string
  kind: MissingRight['kind']
  rights: string[]
}

/** What this role lacks on our tables and the sequences behind them. The trigger runs with its owner's rights. */
export function examineRights(db: Queryable): Promise<MissingRight[]> {
  return db.query<Row>(statement)
}

// CASE, since the planner may ask for the rights before it looks at the kind, and fail on a table that is no sequence.
const statement = `
select c.relname::text as object, 'table' as kind, array_agg(wanted.name order by wanted.name) as rights
from pg_class c cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as wanted (name)
where c.relname ~ '^jr_' and (c.relname not in ('jr_migrations', 'jr_queue') or wanted.name = 'SELECT') and pg_table_is_visible(c.oid)
  and case when c.relkind = 'r' then not has_table_privilege(c.oid, wanted.name) end
group by c.relname
union all
select c.relname::text, 'sequence', array['USAGE']
from pg_class c
where c.relname ~ '^jr_' and pg_table_is_visible(c.oid)
  and case when c.relkind = 'S' then not has_sequence_privilege(c.oid, 'USAGE') end
order by kind desc, object`
