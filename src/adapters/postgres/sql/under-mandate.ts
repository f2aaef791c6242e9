import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { textForDatabase } from '../outgoing-values.ts'

/** The one duty there is a leader for; a fleet that needs more may have more rows. */
export const clusterDuty = 'cluster'

/**
 * The CTE `lead` has one row while the mandate of the parameters $1 node, $2 epoch, $3 term holds, and signs the statement's
 * events with $4. The share lock lasts until the statement is committed: until then nobody can take the lease over, so that
 * even a statement that outlives the lease is not a stale one. A single statement, not a transaction: nothing that our own
 * process does or fails to do (stopped by a signal, swapped out) can keep the lock.
 */
export const lead = `lead as materialized (
  select set_config('jrctl.actor', $4, true) from jr_leader
  where duty = '${clusterDuty}' and node_id = $1 and epoch = $2::bigint and term = $3::bigint
    and expires_at > clock_timestamp()
  for share
)`

/** Decided once a statement, before anything else of it is done. */
export const isLeading = `exists (select from lead)`

/** The end of a statement: whether it was done under the mandate, and the rows of a CTE if so. */
export function rowsOf(cte: string): string {
  return `select ${isLeading} as leading, ${cte}.* from (select) one left join ${cte} on true`
}

/**
 * Runs a statement that ends in `rowsOf`.
 * @param values from $5 on
 * @param actor who signs; the leader, when nothing else is said
 */
export async function underMandate<Row extends object>(
  db: Queryable,
  mandate: Mandate,
  statement: string,
  values: readonly unknown[],
  actor = `leader:${mandate.nodeId}`,
): Promise<Led<Row[]>> {
  const rows = await db.query<Row & { leading: boolean }>(statement, [
    mandate.nodeId,
    mandate.epoch,
    mandate.term,
    textForDatabase(actor),
    ...values,
  ])
  return rows[0]?.leading === true ? { led: true, result: rows } : { led: false }
}
