import { nodeId } from '../../../domain/ids.ts'
import type { HeldNode } from '../../../ports/claim-holds.ts'
import type { Queryable } from '../connect.ts'

export async function heldNodes(db: Queryable): Promise<HeldNode[]> {
  const rows = await db.query<{ node_id: string; reason: string }>(statement)
  return rows.map((row) => ({ nodeId: nodeId(row.node_id), reason: row.reason }))
}

const statement = `
select node_id, coalesce(claims_held_reason, 'no reason given') as reason
from jr_nodes where claims_held_until > now() order by node_id`
