import { nodeId } from '../../../domain/ids.ts'
import type { NodePresence } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'
import { epochMs } from '../queue-expressions.ts'

interface Row {
  node_id: string
  epoch: number
  host: string
  version: string
  started_at: number
  age_ms: number
  ended: boolean
}

const nodesMax = 1_000

/** Nodes whose row the leader has not forgotten yet. */
export async function nodes(db: Queryable): Promise<NodePresence[]> {
  const rows = await db.query<Row>(statement, [nodesMax])
  return rows.map((row) => ({
    nodeId: nodeId(row.node_id),
    epoch: row.epoch,
    host: row.host,
    version: row.version,
    startedAt: row.started_at,
    lastSeenAgeMs: row.age_ms,
    ended: row.ended,
  }))
}

const statement = `
select node_id, epoch, host, version, ${epochMs('started_at')} as started_at, ended_at is not null as ended,
  greatest(0, floor(extract(epoch from now() - last_seen) * 1000))::float8 as age_ms
from jr_nodes order by node_id limit $1`
