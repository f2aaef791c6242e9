import { instanceId, jrName, nodeId } from '../../../domain/ids.ts'
import type { InstancePresence } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  instance_id: string
  jr_name: string
  node_id: string
  age_ms: number
  load: number
}

const instancesMax = 10_000

/** The instances that beat and were not retired; one row for each Jr that an instance serves. */
export async function instances(db: Queryable): Promise<InstancePresence[]> {
  const rows = await db.query<Row>(statement, [instancesMax])
  return rows.map((row) => ({
    instanceId: instanceId(row.instance_id),
    jrName: jrName(row.jr_name),
    nodeId: nodeId(row.node_id),
    lastSeenAgeMs: row.age_ms,
    load: row.load,
  }))
}

const statement = `
select instance_id, jr_name, node_id, load,
  greatest(0, floor(extract(epoch from now() - last_seen) * 1000))::float8 as age_ms
from jr_instances order by jr_name, instance_id limit $1`
