import { snapshotLimits } from '../../../domain/cycle/snapshot.ts'
import { isReady, lineOf, priorityOrder, rankOf, sacredOrder } from '../queue-expressions.ts'
import { ageMs } from './age.ts'

const { tasks: tasksMax } = snapshotLimits

/**
 * Since when a task waits: since it became ready last, so that one which was put off for a week has not waited for a week; of one
 * that is not ready, since it was made. The trigger has seen what became ready since it is there.
 */
const waitsSince = (row: string): string =>
  `greatest(${row}.created_at::timestamptz, case when ${isReady(row)} then (
    select s.ready_at from jr_task_state s where s.task_id = ${row}.id) end)`

/** 0 where nobody knows when it was made (`greatest` passes over NULL). */
export const waitedMs = (row: string): string => `greatest(0, ${ageMs(waitsSince(row))})`

/**
 * A CTE, after `heads` (counts.ts): the first of each of the groups (line and priority) whose heads were made first. The oldest task
 * of all is among them, and so are the ten oldest by the time that they were made. One that has waited longest may be missed only
 * while more than ten stand before it in its group that were made earlier and put off to a time.
 */
export const waited = `waited as materialized (
  select first.* from (select * from heads order by created_at limit ${tasksMax}) g cross join lateral (
    select q.id, ${waitedMs('q')} as waited_ms from jr_work_queue q
    where ${isReady('q')} and ${lineOf('q')} = g.line and ${rankOf('q')} = g.rank
      and ${sacredOrder('q')} = g.sacred and ${priorityOrder('q')} = g.priority
    order by q.created_at, q.id limit ${tasksMax}) first
)`
