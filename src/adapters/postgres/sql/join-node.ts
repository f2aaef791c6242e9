import type { Member, NodeCard } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'

/** The epoch goes on where the last start of this node left it. */
export async function joinNode(db: Queryable, { nodeId, host, version }: NodeCard): Promise<Member> {
  const [row] = await db.query<{ epoch: number }>(statement, [nodeId, host, version])
  return { nodeId, epoch: row?.epoch ?? 1 }
}

const statement = `
insert into jr_nodes as n (node_id, epoch, host, version, started_at, last_seen) values ($1, 1, $2, $3, now(), now())
on conflict (node_id) do update
  set epoch = n.epoch + 1, host = excluded.host, version = excluded.version, started_at = now(), last_seen = now(),
    ended_at = null
returning epoch`
