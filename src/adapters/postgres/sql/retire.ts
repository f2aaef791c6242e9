import type { InstanceId } from '../../../domain/ids.ts'
import type { Queryable } from '../connect.ts'
import { instanceFreshness } from './beat.ts'

/** The instance is gone; a Jr without another living one is offline. */
export async function retire(db: Queryable, instanceId: InstanceId): Promise<void> {
  await db.query(statement, [instanceId])
}

const statement = `
with gone as (
  delete from jr_instances where instance_id = $1 returning jr_name
), rest as materialized (
  select gone.jr_name as name, count(i.jr_name)::int as instances, coalesce(sum(i.load), 0)::int as load
  from gone left join jr_instances i on i.jr_name = gone.jr_name and i.instance_id <> $1
    and i.last_seen > now() - ${instanceFreshness}
  group by gone.jr_name order by gone.jr_name
)
update jr_status s
set is_online = rest.instances > 0, current_load = rest.load,
  status = case when rest.instances = 0 then 'offline' when rest.load > 0 then 'busy' else 'idle' end
from rest where s.jr_name = rest.name`
