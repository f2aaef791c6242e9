import { replaysMax, replayMark } from '../../../../ports/cycle-store.ts'
import { snapshotLimits } from '../../../../domain/cycle/snapshot.ts'
import {
  dueAt,
  isReady,
  isTimed,
  isWaiting,
  lineOf,
  priorityOrder,
  rankOf,
  sacredOrder,
} from '../../queue-expressions.ts'
import { isDead } from '../dead-letter-row.ts'
import { hasScore, isRested, refOfId, waitedMs } from './look-refs.ts'

const { tasks: tasksMax, counted: countedMax } = snapshotLimits

/** So many that wait for their time are looked at for retries. */
const timedMax = 500
/** Of the best and the worst scores, so many are looked at for those that an action has left alone. */
const rankedMax = 1_000

/**
 * `waited`: the first of each of the groups (line and priority) whose heads were made first. The oldest task of all is among them,
 * and so are the ten oldest by the time that they were made. One that has waited longest may be missed only while more than ten
 * stand before it in its group that were made earlier and put off to a time.
 */
const waited = `waited as materialized (
  select first.* from (select * from heads order by created_at limit ${tasksMax}) g cross join lateral (
    select q.id, ${waitedMs('q')} as waited_ms from jr_work_queue q
    where ${isReady('q')} and ${lineOf('q')} = g.line and ${rankOf('q')} = g.rank
      and ${sacredOrder('q')} = g.sacred and ${priorityOrder('q')} = g.priority
    order by q.created_at, q.id limit ${tasksMax}) first
)`

/** The newest failures of the last hour. Plan: jr_failures_at, backwards. */
const failures = `failures as materialized (
  select task_id, at, died from jr_failures where at > now() - interval '1 hour' order by at desc limit ${countedMax}
)`

/** The last death of each task that died among them, the oldest first: more than anybody could replay. */
const deaths = `(
    select task_id, max(at) as at from failures where died group by task_id order by at, task_id offset 0)`

/** Tasks of the last day with a score; the newest, when there are more. Plan: jr_work_queue_scored, backwards. */
const scored = `scored as materialized (
  select q.id, q.score::float8 as score, ${isWaiting('q')} as waits from jr_work_queue q
  where q.score is not null and ${hasScore('q')} and q.created_at >= now() - interval '24 hours'
  order by q.created_at desc limit ${countedMax}
)`

/** CTEs; `heads` (counts.ts) has to be before them. */
export const listed = [waited, failures, scored].join(', ')

/** The first ten of a query of `id`s in order, as a JSON list of task references. */
function refs(ids: string): string {
  return `coalesce((select json_agg(${refOfId('one.id')}) from (${ids} limit ${tasksMax}) one), '[]')`
}

/** `ranking` is cut off before anybody looks at what was acted upon, so that few are looked up however many there are. */
function ranked(condition: string, order: string, rested: string): string {
  return refs(`select best.id from (
    select id from scored where waits and ${condition} order by ${order}, id limit ${rankedMax}) best where ${rested}`)
}

/** Columns of the answer. */
export const listColumns = `
  (select max(waited_ms) from waited) as oldest_waiting_ms,
  (select count(*) from failures) as failures_1h,
  ${refs(`select w.id from waited w where ${isRested('force_run', 'w.id')} order by w.waited_ms desc, w.id`)} as oldest,
  ${refs(`select timed.id from (
    select q.id, q.status from jr_work_queue q where ${isTimed('q')} order by ${dueAt('q')}, q.id limit ${timedMax}) timed
    where timed.status::text = 'retry' and ${isRested('retry_failed', 'timed.id')}`)} as retries,
  ${refs(`select dead.task_id as id from ${deaths} dead
    where exists (select from jr_work_queue q where q.id = dead.task_id and ${isDead('q')} offset 0)
      and coalesce((select s.status_changed_at from jr_task_state s where s.task_id = dead.task_id), '-infinity') <= dead.at
      and coalesce((select m.times from jr_task_actions m
        where m.task_id = dead.task_id and m.action = '${replayMark}'), 0) < ${replaysMax}
      and ${isRested(replayMark, 'dead.task_id')}`)} as dead,
  (select json_build_object('tasks', count(*), 'average', avg(score), 'high', count(*) filter (where score > 80)) from scored
  ) as scores,
  ${ranked('score > 80', 'score desc', `${isRested('promote_task', 'best.id')} and ${isRested('schedule_task', 'best.id')}`)}
    as high_waiting,
  ${ranked('score < 40', 'score', isRested('downgrade_task', 'best.id'))} as low_waiting`
