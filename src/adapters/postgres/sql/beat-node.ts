import type { Member, NodeCard } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'

/** Answers false when a later start has the row. A row that was lost (a restored backup) is written again. */
export async function beatNode(db: Queryable, { nodeId, epoch }: Member, node: NodeCard): Promise<boolean> {
  const rows = await db.query(statement, [nodeId, epoch, node.host, node.version])
  return rows.length > 0
}

const statement = `
insert into jr_nodes as n (node_id, epoch, host, version, started_at, last_seen) values ($1, $2, $3, $4, now(), now())
on conflict (node_id) do update set epoch = excluded.epoch, last_seen = now(), ended_at = null
  where n.epoch <= excluded.epoch
returning epoch`
