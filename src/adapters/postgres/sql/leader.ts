import { nodeId } from '../../../domain/ids.ts'
import type { LeaderView } from '../../../ports/leadership.ts'
import type { Queryable } from '../connect.ts'
import { epochMs } from '../queue-expressions.ts'
import { clusterDuty } from './under-mandate.ts'

interface Row {
  node_id: string
  epoch: number
  term: number
  expires_in_ms: number
  since: number
}

/** Who leads; null when the lease is nobody's. */
export async function leader(db: Queryable): Promise<LeaderView | null> {
  const [row] = await db.query<Row>(statement)
  if (row === undefined) return null
  return {
    nodeId: nodeId(row.node_id),
    epoch: row.epoch,
    term: row.term,
    expiresInMs: row.expires_in_ms,
    since: row.since,
  }
}

const statement = `
select node_id, epoch, term, ${epochMs('since')} as since,
  greatest(0, floor(extract(epoch from expires_at - clock_timestamp()) * 1000))::float8 as expires_in_ms
from jr_leader where duty = '${clusterDuty}' and expires_at > clock_timestamp()`
