import type { HorizonHolder } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'
import { ageMs } from '../sql/age.ts'

const holdersMax = 10

interface Row {
  kind: HorizonHolder['kind']
  pid: number | null
  name: string
  username: string | null
  state: string | null
  age_ms: number | null
  query_age_ms: number | null
  transactions: number
}

/**
 * Whoever keeps VACUUM from removing the dead rows of this database: sessions with a snapshot or a transaction of their
 * own, standbys that send feedback, prepared transactions, replication slots. Our own session is left out.
 */
export async function examineHorizon(db: Queryable): Promise<HorizonHolder[]> {
  const rows = await db.query<Row>(statement, [holdersMax])
  return rows.map((row) => ({
    kind: row.kind,
    pid: row.pid,
    name: row.name,
    user: row.username,
    state: row.state,
    ageMs: row.age_ms,
    queryAgeMs: row.query_age_ms,
    transactions: row.transactions,
  }))
}

const statement = `
select case backend_type when 'walsender' then 'standby' else 'session' end as kind, pid,
  coalesce(nullif(application_name, ''), backend_type, '') as name, usename::text as username, state,
  ${ageMs('xact_start')} as age_ms, ${ageMs('query_start')} as query_age_ms,
  greatest(age(backend_xmin), age(backend_xid)) as transactions
from pg_stat_activity
where pid <> pg_backend_pid() and (datname = current_database() or datname is null)
  and (backend_xmin is not null or backend_xid is not null)
  and coalesce(backend_type, '') <> 'autovacuum worker'
union all
select 'prepared', null, gid, owner::text, null, ${ageMs('prepared')}, null, age(transaction)
from pg_prepared_xacts where database = current_database()
union all
select 'slot', active_pid, slot_name::text, null, case when active then 'active' else 'inactive' end, null, null,
  greatest(age(xmin), age(catalog_xmin))
from pg_replication_slots where xmin is not null or catalog_xmin is not null
order by transactions desc limit $1`
