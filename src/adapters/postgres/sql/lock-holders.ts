import type { LockHolder } from '../../../domain/why/standing.ts'
import type { Queryable } from '../connect.ts'
import { ageMs } from './age.ts'

const holdersMax = 10

interface Row {
  pid: number
  application: string | null
  username: string | null
  age_ms: number | null
  state: string | null
  bars: boolean
}

/**
 * Who locks the whole queue so that nobody can write (or, `bars`, even read). Looks at pg_locks alone, so it is answered
 * whatever is locked.
 */
export async function tableLockHolders(db: Queryable): Promise<{ holders: LockHolder[]; bars: boolean }> {
  const rows = await db.query<Row>(tableStatement, [holdersMax])
  return { holders: rows.map((row) => holderOf(row, 'table')), bars: rows.some((row) => row.bars) }
}

/**
 * Who holds a row: the transaction that the row itself names as its locker, if that one still runs. Asking with FOR UPDATE
 * NOWAIT would take the lock for a moment, and a worker's claim would pass over the very task that somebody asks about.
 * @param xmax of the row
 */
export async function rowLockHolders(db: Queryable, xmax: string): Promise<LockHolder[]> {
  const rows = await db.query<Row>(rowStatement, [xmax, holdersMax])
  return rows.map((row) => holderOf(row, 'row'))
}

const session = `a.application_name as application, a.usename::text as username, ${ageMs('a.xact_start')} as age_ms, a.state`

/** The modes that conflict with a claim's (ROW EXCLUSIVE); manual of PostgreSQL, table 13.2. */
const tableStatement = `
select l.pid, ${session}, bool_or(l.mode = 'AccessExclusiveLock') as bars
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.relation = to_regclass('jr_work_queue') and l.granted and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
group by l.pid, a.application_name, a.usename, a.xact_start, a.state
order by l.pid limit $1`

const rowStatement = `
select l.pid, ${session}, false as bars
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'transactionid' and l.granted and l.transactionid = $1::xid and l.pid <> pg_backend_pid()
order by l.pid limit $2`

function holderOf(row: Row, on: LockHolder['on']): LockHolder {
  return {
    pid: row.pid,
    application: row.application,
    user: row.username,
    on,
    ageMs: row.age_ms,
    state: row.state,
  }
}
