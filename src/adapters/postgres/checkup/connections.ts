import type { ConnectionFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  used: number
  max: number
  role_max: number
  role_used: number
  database_max: number
  database_used: number
}

/** How many connections there are, and what limits them: the server's, the database's, the role's. */
export async function examineConnections(db: Queryable): Promise<ConnectionFacts> {
  const [row] = await db.query<Row>(statement)
  if (row === undefined) return { used: 0, max: 0, ownMax: null, ownUsed: 0 }
  const limits = [
    { max: row.role_max, used: row.role_used },
    { max: row.database_max, used: row.database_used },
  ]
    .filter(({ max }) => max >= 0)
    .toSorted((a, b) => a.max - a.used - (b.max - b.used))
  const [tightest] = limits
  return { used: row.used, max: row.max, ownMax: tightest?.max ?? null, ownUsed: tightest?.used ?? 0 }
}

const statement = `
select count(*) as used,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as max,
  (select rolconnlimit from pg_roles where rolname = current_user) as role_max,
  count(*) filter (where usename = current_user) as role_used,
  (select datconnlimit from pg_database where datname = current_database()) as database_max,
  count(*) filter (where datname = current_database()) as database_used
from pg_stat_activity where coalesce(backend_type, 'client backend') = 'client backend'`
