import { instanceId, jrName, nodeId, type JrName } from '../../../domain/ids.ts'
import type { TaskStanding } from '../../../domain/why/standing.ts'
import type { Queryable } from '../connect.ts'
import { ageMs, leftMs } from './age.ts'

/** A fleet has so many kinds of workers at most; the least loaded are the first to be given something. */
const namedMax = 50
const instancesMax = 100
const nodesMax = 100

export type Takers = Pick<TaskStanding, 'jr' | 'online' | 'instances' | 'holding'>

/** Who could take a task of this Jr's, or of nobody's (null). Plan: small tables, read once. */
export async function takers(db: Queryable, name: JrName | null, offlineAfterMs: number): Promise<Takers> {
  const jrs = await db.query<JrRow>(jrStatement, [name, offlineAfterMs, namedMax])
  const instances = await db.query<InstanceRow>(instanceStatement, [name, offlineAfterMs, instancesMax])
  const nodes = await db.query<NodeRow>(nodeStatement, [nodesMax])
  const own = jrs.find((row) => row.jr_name === name)
  const online = jrs.filter((row) => row.online)
  return {
    jr:
      own === undefined
        ? null
        : { name: jrName(own.jr_name), online: own.online, lastSeenAgeMs: own.seen_age, load: own.load },
    online: {
      count: jrs[0]?.online_count ?? 0,
      some: online.slice(0, namedMax).map((row) => ({ name: jrName(row.jr_name), load: row.load })),
    },
    instances: instances.map((row) => ({
      instanceId: instanceId(row.instance_id),
      nodeId: nodeId(row.node_id),
      lastSeenAgeMs: row.seen_age,
      load: row.load,
    })),
    holding: nodes.map((row) => ({
      nodeId: nodeId(row.node_id),
      reason: row.reason ?? '',
      leftMs: row.left_ms,
    })),
  }
}

interface JrRow {
  jr_name: string
  online: boolean
  seen_age: number | null
  load: number
  online_count: number
}

/** The named one, and the least loaded of those online. */
const jrStatement = `
with seen as materialized (
  select jr_name::text as jr_name, greatest(0, ${ageMs('last_seen')}) as seen_age, coalesce(current_load, 0) as load,
    coalesce(is_online, false) and coalesce(last_seen::timestamptz > now() - $2::float8 * interval '1 millisecond', false)
      as online
  from jr_status where jr_name is not null
)
select seen.*, (select count(*) from seen s where s.online) as online_count
from seen where jr_name = $1
union all
select * from (
  select seen.*, (select count(*) from seen s where s.online) as online_count
  from seen where online and jr_name is distinct from $1
  order by load, jr_name limit $3) others`

interface InstanceRow {
  instance_id: string
  node_id: string
  seen_age: number
  load: number
}

const instanceStatement = `
select instance_id, min(node_id) as node_id, min(greatest(0, ${ageMs('last_seen')})) as seen_age, sum(load)::int as load
from jr_instances
where ($1::text is null or jr_name = $1) and last_seen > now() - $2::float8 * interval '1 millisecond'
group by instance_id order by load, instance_id limit $3`

interface NodeRow {
  node_id: string
  reason: string | null
  left_ms: number
}

const nodeStatement = `
select node_id, claims_held_reason as reason, ${leftMs('claims_held_until')} as left_ms
from jr_nodes where claims_held_until > now() and isfinite(claims_held_until)
order by node_id limit $1`
