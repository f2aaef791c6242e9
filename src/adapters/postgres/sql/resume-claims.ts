import type { NodeId } from '../../../domain/ids.ts'
import { channels } from '../channels.ts'
import type { Queryable } from '../connect.ts'

/** Every Jr that works on the node is told that there may be work, and whoever takes what is anybody's; nobody when nothing was held. */
export async function resumeClaims(db: Queryable, nodeId: NodeId): Promise<void> {
  await db.query(statement, [nodeId])
}

const statement = `
with freed as (
  update jr_nodes set claims_held_until = null, claims_held_reason = null
  where node_id = $1 and claims_held_until is not null
  returning node_id
)
select pg_notify('${channels.work}', waiting.jr_name)
from freed cross join lateral (
  select i.jr_name from jr_instances i where i.node_id = freed.node_id union select ''
) waiting`
