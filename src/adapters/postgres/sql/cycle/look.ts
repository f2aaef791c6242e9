import type { CycleSight, LookQuestion } from '../../../../ports/cycle-store.ts'
import type { Queryable } from '../../connect.ts'
import { epochMs } from '../../queue-expressions.ts'
import { heads } from '../counts.ts'
import { decisionColumns } from './decision-row.ts'
import { campaignColumns, campaigns, channels, deliveryColumns } from './look-deliveries.ts'
import { lineColumns, lined } from './look-lines.ts'
import { listColumns, listed } from './look-lists.ts'
import { sightOfRow, type LookRow } from './look-rows.ts'

/**
 * All that a pass of the cycle asks of the queue: one statement, one row.
 *
 * It costs the same whatever lies in the queue: counts by status are kept by the trigger, what is counted by rows is counted no
 * further than a bound, and of each list no more is read than is answered. Nothing is joined: what belongs to a task is looked up
 * by its key, so that no statistics, and no lack of them, make a scan of it.
 */
export async function look(db: Queryable, { offlineAfterMs, periodsMs }: LookQuestion): Promise<CycleSight> {
  const [row] = await db.query<LookRow>(
    statement,
    [
      offlineAfterMs,
      periodsMs.schedule_task,
      periodsMs.retry_failed,
      periodsMs.promote_task,
      periodsMs.downgrade_task,
      periodsMs.force_run,
      periodsMs.rebalance_queue,
    ],
    'cycle_look',
  )
  return sightOfRow(row)
}

/** Programs may write statuses of their own, of which nothing is told. */
const statusesMax = 100
const unmeasuredMax = 100
const openMax = 1_000
const rulesMax = 1_000

const countColumn = `
  (select coalesce(json_agg(counted), '[]') from (
    select status, sum(tasks)::float8 as tasks, coalesce(sum(tasks) filter (where is_delivery), 0)::float8 as deliveries
    from jr_task_counts group by status order by 2 desc limit ${statusesMax}) counted) as counts`

const recordColumns = `
  (select json_build_object('enabled', o.enabled, 'by', o.changed_by, 'at', ${epochMs('o.changed_at')}) from jr_orchestrator o)
    as switch,
  (select coalesce(json_object_agg(r.rule, ${epochMs('r.until')}), '{}') from (
    select rule, until from jr_rule_rests where until > now() limit ${rulesMax}) r) as rests,
  (select coalesce(json_agg(due), '[]') from (
    select ${decisionColumns} from jr_decisions d where d.state = 'executed' and d.outcome is null
      and coalesce((select r.until from jr_rule_rests r where r.rule = d.rule), '-infinity') <= now()
    order by d.settled_at limit ${unmeasuredMax}) due) as unmeasured,
  (select count(*) from (select from jr_decisions where state = 'intended' limit ${openMax}) open) as open_intents`

/** Exported for the test that reads its plan. */
export const statement = `
with recursive ${heads}, ${listed}, ${channels}, ${campaigns}, ${lined}
select floor(extract(epoch from now()) * 1000)::float8 as taken_at,
  ${[countColumn, listColumns, lineColumns, deliveryColumns, campaignColumns, recordColumns].join(',')}`
