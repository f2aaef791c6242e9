import type { JrAcceptance, Member } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'

/** One statement replaces the node's rows, unless a later start of the node speaks for it. */
export async function declareAcceptances(
  db: Queryable,
  { nodeId, epoch }: Member,
  statements: readonly JrAcceptance[],
): Promise<void> {
  await db.query(statement, [
    nodeId,
    epoch,
    statements.map(({ jrName }) => jrName),
    statements.map(({ accepts }) => JSON.stringify(accepts)),
  ])
}

const statement = `
with me as materialized (
  select node_id from jr_nodes where node_id = $1 and epoch = $2 for share
), said as (
  select jr_name, accepts from unnest($3::text[], $4::text[]) as said (jr_name, accepts)
), unsaid as (
  delete from jr_accepts a using me where a.node_id = me.node_id and not a.jr_name = any ($3::text[])
)
insert into jr_accepts (node_id, jr_name, accepts)
select me.node_id, said.jr_name, said.accepts::jsonb from said, me
on conflict (node_id, jr_name) do update set accepts = excluded.accepts`
