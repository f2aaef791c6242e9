import { nodeId } from '../../../domain/ids.ts'
import type { Campaign } from '../../../ports/leadership.ts'
import type { Member } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'
import { clusterDuty } from './under-mandate.ts'

interface Row {
  term: number | null
  holder: string | null
  expires_in_ms: number | null
}

/**
 * Takes or prolongs the lease. Who only follows does not write, so that a hundred nodes do not queue at one row. Of two who
 * find it free at once, the second waits for the first at the row, and then finds it taken.
 * The term goes up whenever a reign begins, also when the same start of the same node takes up a lease that had lapsed.
 * An earlier start of the candidate's node has ended, or is to: its lease is free at once.
 */
export async function campaign(db: Queryable, candidate: Member, leaseMs: number): Promise<Campaign> {
  const [row] = await db.query<Row>(statement, [candidate.nodeId, candidate.epoch, leaseMs])
  if (typeof row?.term === 'number') {
    return { kind: 'leading', mandate: { ...candidate, term: row.term } }
  }
  return {
    kind: 'following',
    leader: typeof row?.holder === 'string' ? nodeId(row.holder) : null,
    expiresInMs: row?.expires_in_ms ?? 0,
  }
}

const isOurs = (row: string): string => `(${row}.node_id = $1 and ${row}.epoch = $2::bigint)`
/** Of a start of our node before this one. */
const isForebear = (row: string): string => `(${row}.node_id = $1 and ${row}.epoch < $2::bigint)`
const hasExpired = (row: string): string => `${row}.expires_at <= clock_timestamp()`

const statement = `
with held as (
  select * from jr_leader l where l.duty = '${clusterDuty}' and not ${hasExpired('l')}
), taken as (
  insert into jr_leader as l (duty, node_id, epoch, term, expires_at, since)
  select '${clusterDuty}', $1, $2::bigint, 1, clock_timestamp() + $3::float8 * interval '1 millisecond', clock_timestamp()
  from jr_nodes n
  where n.node_id = $1 and n.epoch = $2::bigint and not exists (
    select from held where not ${isOurs('held')} and not ${isForebear('held')})
  on conflict (duty) do update set node_id = excluded.node_id, epoch = excluded.epoch,
    expires_at = clock_timestamp() + $3::float8 * interval '1 millisecond',
    term = case when ${isOurs('l')} and not ${hasExpired('l')} then l.term else l.term + 1 end,
    since = case when ${isOurs('l')} and not ${hasExpired('l')} then l.since else clock_timestamp() end
  where ${isOurs('l')} or ${isForebear('l')} or ${hasExpired('l')}
  returning term
)
select (select term from taken) as term, held.node_id as holder,
  greatest(0, ceil(extract(epoch from held.expires_at - clock_timestamp()) * 1000))::float8 as expires_in_ms
from (select) one left join held on true`
