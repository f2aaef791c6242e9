import { replaysMax, replayMark } from '../../../../ports/cycle-store.ts'
import { snapshotLimits } from '../../../../domain/cycle/snapshot.ts'
import {
  channelOf,
  dueAt,
  isDelivery,
  isReady,
  isTimed,
  isUrgent,
  priorityOrder,
  statusOf,
} from '../../queue-expressions.ts'
import { isDead } from '../dead-letter-row.ts'
import { waited } from '../waited.ts'
import { hasScore, isPlaced, isRested, refOfId } from './look-refs.ts'

const { tasks: tasksMax, counted: countedMax } = snapshotLimits

/** So many that wait for their time are looked at for retries and deliveries. */
const timedMax = 500
/** Of the best and the worst scores, so many are looked at for those that an action has left alone. */
const rankedMax = 500

/** The newest failures of the last hour. Plan: jr_failures_at, backwards. */
const failures = `failures as materialized (
  select task_id, at, died from jr_failures where at > now() - interval '1 hour' order by at desc limit ${countedMax}
)`

/** The last death of each task that died among them, the oldest first: more than anybody could replay. */
const deaths = `(
    select task_id, max(at) as at from failures where died group by task_id order by at, task_id offset 0)`

/** What is due next, of all that waits for its time. Plan: jr_work_queue_due. */
const timed = `timed as materialized (
  select q.id, ${statusOf('q')} as status, ${dueAt('q')}::timestamptz as due, q.score::float8 as score,
    case when ${isDelivery('q')} then ${channelOf('q')} end as channel
  from jr_work_queue q where ${isTimed('q')} order by ${dueAt('q')}, q.id limit ${timedMax}
)`

/**
 * Tasks of the last day with a score; the newest, when there are more. `open`: an action may have them: a retry's wait has another
 * reason. Plan: jr_work_queue_scored, backwards.
 */
const scored = `scored as materialized (
  select q.id, q.score::float8 as score, ${statusOf('q')} as status, ${isReady('q')} or ${statusOf('q')} = 'scheduled' as open,
    ${isUrgent('q')} as urgent, ${isDelivery('q')} as is_delivery, ${priorityOrder('q')} as priority
  from jr_work_queue q
  where q.score is not null and ${hasScore('q')} and q.created_at >= now() - interval '24 hours'
  order by q.created_at desc limit ${countedMax}
)`

/** CTEs; `heads` (counts.ts) has to be before them. */
export const listed = [waited, failures, timed, scored].join(', ')

/** The first ten of a query of `id`s in order, as a JSON list of task references. */
function refs(ids: string): string {
  return `coalesce((select json_agg(${refOfId('one.id')}) from (${ids} limit ${tasksMax}) one), '[]')`
}

/** `ranking` is cut off before anybody looks at what was acted upon, so that few are looked up however many there are. */
function ranked(condition: string, order: string, rested: string): string {
  return refs(`select best.id from (
    select * from scored where open and ${condition} order by ${order}, id limit ${rankedMax}) best where ${rested}`)
}

const isForHigh = `${isRested('promote_task', 'best.id')} and ${isRested('schedule_task', 'best.id')}
      and (best.priority > 1 or not ${isPlaced('best.id', 'best.status')})`

/** Columns of the answer. */
export const listColumns = `
  (select max(waited_ms) from waited) as oldest_waiting_ms,
  (select count(*) from failures) as failures_1h,
  ${refs(`select w.id from waited w where ${isRested('force_run', 'w.id')} order by w.waited_ms desc, w.id`)} as oldest,
  ${refs(`select t.id from timed t where t.status = 'retry' and ${isRested('retry_failed', 't.id')} order by t.due, t.id`)}
    as retries,
  ${refs(`select dead.task_id as id from ${deaths} dead
    where exists (select from jr_work_queue q where q.id = dead.task_id and ${isDead('q')} offset 0)
      and coalesce((select s.status_changed_at from jr_task_state s where s.task_id = dead.task_id), '-infinity') <= dead.at
      and coalesce((select m.times from jr_task_actions m
        where m.task_id = dead.task_id and m.action = '${replayMark}'), 0) < ${replaysMax}
      and ${isRested(replayMark, 'dead.task_id')}`)} as dead,
  (select json_build_object('tasks', count(*), 'average', avg(score), 'high', count(*) filter (where score > 80)) from scored
  ) as scores,
  ${ranked('score > 80 and (is_delivery or priority > 1)', 'is_delivery desc, score desc', isForHigh)} as high_waiting,
  ${ranked('score < 40 and not urgent', 'score', isRested('downgrade_task', 'best.id'))} as low_waiting`
