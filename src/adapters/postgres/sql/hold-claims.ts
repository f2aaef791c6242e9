import type { NodeId } from '../../../domain/ids.ts'
import type { Queryable } from '../connect.ts'
import { textForDatabase } from '../outgoing-values.ts'

/** The claim of a node that is held takes nothing. A node without a row has not joined: it is held once it has. */
export async function holdClaims(
  db: Queryable,
  nodeId: NodeId,
  reason: string,
  forMs: number,
): Promise<void> {
  await db.query(statement, [nodeId, textForDatabase(reason), forMs])
}

const statement = `
update jr_nodes
set claims_held_until = now() + $3::float8 * interval '1 millisecond', claims_held_reason = $2
where node_id = $1`
