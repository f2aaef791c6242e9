import type { Member } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'

export async function leaveNode(db: Queryable, { nodeId, epoch }: Member): Promise<void> {
  await db.query(`update jr_nodes set ended_at = now() where node_id = $1 and epoch = $2`, [nodeId, epoch])
}
