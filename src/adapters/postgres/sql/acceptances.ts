import { jrName } from '../../../domain/ids.ts'
import type { Acceptance } from '../../../domain/acceptance.ts'
import type { JrAcceptance } from '../../../ports/nodes.ts'
import type { Queryable } from '../connect.ts'
import { instanceFreshness } from './beat.ts'

const acceptancesMax = 10_000

/**
 * What the nodes say that their Jrs accept. The word of a node holds while it is there, a day longer when it fell silent
 * (its workers may live on without it), and for as long as it has a worker of the Jr.
 */
export async function acceptances(db: Queryable): Promise<JrAcceptance[]> {
  const rows = await db.query<{ jr_name: string; accepts: Partial<Acceptance> | null }>(statement, [
    acceptancesMax,
  ])
  return rows.map((row) => ({
    jrName: jrName(row.jr_name),
    accepts: { tags: row.accepts?.tags ?? null, when: row.accepts?.when ?? null },
  }))
}

const statement = `
select a.jr_name, a.accepts from jr_accepts a
where exists (select from jr_nodes n
    where n.node_id = a.node_id and n.ended_at is null and n.last_seen > now() - interval '1 day')
  or exists (select from jr_instances i
    where i.node_id = a.node_id and i.jr_name = a.jr_name and i.last_seen > now() - ${instanceFreshness})
order by a.jr_name, a.node_id limit $1`
