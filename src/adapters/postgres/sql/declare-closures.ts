import type { ChannelClosure } from '../../../ports/channel-closures.ts'
import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { timeOf } from '../queue-expressions.ts'
import { isLeading, lead, rowsOf, underMandate } from './under-mandate.ts'

/** Channels that are closed no more are let go; rows that say the same already are not written. */
export async function declareClosures(
  db: Queryable,
  mandate: Mandate,
  closures: readonly ChannelClosure[],
): Promise<Led<void>> {
  const done = await underMandate(db, mandate, statement, columnsOf(closures))
  return done.led ? { led: true, result: undefined } : done
}

/** The parameters $5 to $7 of a statement with `wantedClosures`. */
export function columnsOf(closures: readonly ChannelClosure[]): unknown[] {
  return [
    closures.map(({ channel }) => channel),
    closures.map(({ fromMs }) => fromMs),
    closures.map(({ untilMs }) => untilMs),
  ]
}

export const wantedClosures = `wanted as materialized (
  select w.channel, ${timeOf('w.from_ms')} as closed_from, ${timeOf('w.until_ms')} as closed_until
  from unnest($5::text[], $6::float8[], $7::float8[]) as w (channel, from_ms, until_ms)
)`

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, ${wantedClosures}, gone as (
  delete from jr_channels c where ${isLeading} and c.channel <> all ($5::text[])
), kept as (
  insert into jr_channels as c (channel, closed_from, closed_until)
  select w.channel, w.closed_from, w.closed_until from wanted w where ${isLeading}
  on conflict (channel) do update set closed_from = excluded.closed_from, closed_until = excluded.closed_until
  where (c.closed_from, c.closed_until) is distinct from (excluded.closed_from, excluded.closed_until)
  returning c.channel
)
${rowsOf('kept')}`
