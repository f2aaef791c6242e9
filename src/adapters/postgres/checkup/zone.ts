import type { ZoneFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

/** Whose local time columns without a zone hold, and who may think otherwise. */
export async function examineZone(db: Queryable): Promise<ZoneFacts> {
  const [zone] = await db.query<{ zone: string }>(`select current_setting('TimeZone') as zone`)
  const columns = await db.query<{ name: string }>(
    `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
     where a.attrelid in (to_regclass('jr_work_queue'), to_regclass('jr_status'))
       and a.atttypid = 'timestamp'::regtype and a.attnum > 0 and not a.attisdropped
     order by 1`,
  )
  const differing = await db.query<{ who: string }>(differingStatement)
  return {
    zone: zone?.zone ?? 'unknown',
    zonelessColumns: columns.map(({ name }) => name),
    differing: differing.map(({ who }) => who),
  }
}

const differingStatement = `
select coalesce(r.rolname::text, '(all)') || ' (' || split_part(setting, '=', 2) || ')' as who
from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) as setting
where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and setting ilike 'timezone=%' and split_part(setting, '=', 2) <> current_setting('TimeZone')
order by 1 limit 10`
