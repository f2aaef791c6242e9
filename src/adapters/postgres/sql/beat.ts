import type { Beat } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'

/** An instance counts into its Jr's load while it was seen within this time. */
export const instanceFreshness = `interval '5 minutes'`

/**
 * A worker's sign of life: its own row for each Jr it serves, and the Jr's row as the sum of the living instances. A runner
 * of several Jrs says only its total; what each has is counted from its open attempts.
 * Rows are written in the order of names, so that two runners never wait for one another in a circle.
 */
export async function beat(db: Queryable, { instanceId, jrNames, nodeId, pid, load }: Beat): Promise<void> {
  await db.query(statement, [instanceId, [...new Set(jrNames)].sort(), nodeId, pid, load])
}

const statement = `
with mine as materialized (
  select name, case when cardinality($2::text[]) = 1 then $5::int
    else (select count(*)::int from jr_attempts a
          where a.ended_at is null and a.instance_id = $1 and a.jr_name = name) end as load
  from unnest($2::text[]) as name
  order by name
), instance as (
  insert into jr_instances as i (instance_id, jr_name, node_id, pid, last_seen, load)
  select $1, name, $3, $4, now(), load from mine
  on conflict (instance_id, jr_name) do update
    set last_seen = now(), load = excluded.load, node_id = excluded.node_id, pid = excluded.pid
), total as materialized (
  select name, load + coalesce((
    select sum(i.load)::int from jr_instances i
    where i.jr_name = name and i.instance_id <> $1 and i.last_seen > now() - ${instanceFreshness}), 0) as load
  from mine
)
insert into jr_status as s (jr_name, status, is_online, last_seen, current_load)
select name, case when load > 0 then 'busy' else 'idle' end, true, now(), load from total order by name
on conflict (jr_name) do update
  set status = excluded.status, is_online = true, last_seen = now(), current_load = excluded.current_load`
