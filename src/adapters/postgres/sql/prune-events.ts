import type { Led, Pruned } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { prunedOf, prunedRows, type PrunedRow } from './pruned.ts'
import { isLeading, lead, underMandate } from './under-mandate.ts'

/** Deletes old events among the next ones by id; they lie at the beginning. Plan: the primary key's range. */
export async function pruneEvents(
  db: Queryable,
  mandate: Mandate,
  olderThanMs: number,
  afterId: number,
  limit: number,
): Promise<Led<Pruned>> {
  return prunedOf(await underMandate<PrunedRow>(db, mandate, statement, [afterId, limit, olderThanMs]))
}

const statement = `
with ${lead}, page as materialized (
  select id, at >= now() - $7::float8 * interval '1 millisecond' as young
  from jr_events where id > $5::bigint and ${isLeading} order by id limit $6
), gone as (
  delete from jr_events e using page where e.id = page.id and not page.young returning e.id
)
${prunedRows}`
