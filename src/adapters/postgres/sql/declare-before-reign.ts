import type { ChannelClosure } from '../../../ports/channel-closures.ts'
import type { Queryable } from '../connect.ts'
import { timeOf } from '../queue-expressions.ts'
import { clusterDuty } from './under-mandate.ts'

/**
 * Closes channels of which nothing is on record that holds now, while nobody leads: who leads has declared its own. Nobody proves a
 * mandate here, so no row that still says something is touched; the first leader has the last word.
 */
export async function declareBeforeReign(db: Queryable, closures: readonly ChannelClosure[]): Promise<void> {
  await db.query(statement, [
    closures.map(({ channel }) => channel),
    closures.map(({ fromMs }) => fromMs),
    closures.map(({ untilMs }) => untilMs),
  ])
}

const statement = `
insert into jr_channels as c (channel, closed_from, closed_until)
select w.channel, ${timeOf('w.from_ms')}, ${timeOf('w.until_ms')}
from unnest($1::text[], $2::float8[], $3::float8[]) as w (channel, from_ms, until_ms)
where not exists (
  select from jr_leader l where l.duty = '${clusterDuty}' and l.expires_at > clock_timestamp())
on conflict (channel) do update set closed_from = excluded.closed_from, closed_until = excluded.closed_until
where c.closed_until <= now()`
