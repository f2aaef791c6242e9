import { snapshotLimits } from '../../../../domain/cycle/snapshot.ts'
import { isReady, lineOf, priorityOrder, rankOf, sacredOrder } from '../../queue-expressions.ts'
import { instanceFreshness } from '../beat.ts'
import { isRested, refOf } from './look-refs.ts'

const jrsMax = 10_000
/** Lines that are looked at, of those with tasks and of those whose Jr is there. */
const linesMax = 500
/** What is counted of all together, and of each at least: what is longer is long. */
const countedMin = 20
const linesCountedMax = 1_000
/** Lines whose ends are told: more than an action's tasks can come from. */
const endsMax = 20

/** How far each of the rows of a CTE is counted, of so much for all of them. */
export function shareOfCount(of: string, all: number): string {
  return `(select greatest(${countedMin}, ${all} / greatest(1, count(*))) from ${of})`
}

/**
 * `jrs`: who is there, as `online-jrs.ts` has it: a Jr all of whose living instances are on nodes that hold back claims is not.
 * `lines`: of half as many as may be told the longest, and of the other half those who have the least to do.
 */
export const lined = `takes as materialized (
  select i.jr_name, bool_or(coalesce(n.claims_held_until, '-infinity') <= now()) as takes
  from jr_instances i left join jr_nodes n on n.node_id = i.node_id
  where i.last_seen > now() - ${instanceFreshness} group by i.jr_name
), jrs as materialized (
  select s.jr_name::text as jr_name, greatest(coalesce(s.current_load, 0), 0)::float8 as load,
    coalesce(s.is_online, false) and coalesce(t.takes, true)
      and coalesce(s.last_seen::timestamptz, '-infinity') >= now() - $1::float8 * interval '1 millisecond' as online
  from jr_status s left join takes t on t.jr_name = s.jr_name::text
  where s.jr_name::text <> '' limit ${jrsMax}
), standing as materialized (
  select distinct line from heads order by line limit ${linesMax}
), measured as materialized (
  select named.line, coalesce(j.online, false) as online, coalesce(j.load, 0) as load, (
    select count(*) from (select from jr_work_queue q where ${lineOf('q')} = named.line and ${isReady('q')}
      limit ${shareOfCount('standing', linesCountedMax)}) counted) as waiting
  from (select line from standing union
    (select jr_name from jrs where online order by load, jr_name limit ${linesMax})) named
  left join jrs j on j.jr_name = named.line
), lines as materialized (
  (select * from measured where waiting > 0 order by waiting desc, line limit ${snapshotLimits.lines / 2})
  union
  (select * from measured where online order by waiting + load, line limit ${snapshotLimits.lines / 2})
), ends as materialized (
  select line from lines where waiting > 0 and line <> '' order by online, waiting desc, line limit ${endsMax}
)`

/** Plan: jr_work_queue_ready, backwards from the end of the line. */
const lastOfLine = `(select json_agg(last.ref) from (
      select ${refOf('q')} as ref from jr_work_queue q
      where ${lineOf('q')} = l.line and ${isReady('q')} and ${isRested('rebalance_queue', 'q.id')}
      order by ${rankOf('q')} desc, ${sacredOrder('q')} desc, ${priorityOrder('q')} desc, q.created_at desc, q.id desc
      limit ${snapshotLimits.tasks}) last)`

/** Columns of the answer. */
export const lineColumns = `
  (select count(*) from jrs where online) as online_jrs,
  (select coalesce(json_agg(json_build_object('jrName', l.line, 'online', l.online, 'load', l.load, 'waiting', l.waiting,
    'last', case when l.line in (select line from ends) then coalesce(${lastOfLine}, '[]') else '[]'::json end)
    order by l.waiting desc, l.line), '[]') from lines l) as lines`
