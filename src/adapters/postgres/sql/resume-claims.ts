import type { NodeId } from '../../../domain/ids.ts'
import { channels } from '../channels.ts'
import type { Queryable } from '../connect.ts'

/** Whoever waits for work is told that there may be some; nobody is when nothing was held. */
export async function resumeClaims(db: Queryable, nodeId: NodeId): Promise<void> {
  await db.query(statement, [nodeId])
}

const statement = `
with freed as (
  update jr_nodes set claims_held_until = null, claims_held_reason = null
  where node_id = $1 and claims_held_until is not null
  returning node_id
)
select pg_notify('${channels.work}', '') from freed`
