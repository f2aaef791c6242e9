import type { TaskMark } from '../../../../ports/cycle-store.ts'
import { channelOf, epochMs, priorityOrder, statusOf } from '../../queue-expressions.ts'
import { waitedMs } from '../waited.ts'

/** Enough of a title to know the task by. */
const titleCharacters = 200

/** Scores of a size that JSON and arithmetic can live with. */
export const hasScore = (row: string): string => `${row}.score::float8 between -1e15 and 1e15`

/** A `TaskRef` as JSON, of a row of the queue. Its parts are looked up by primary keys, one by one: no join could become a scan. */
export const refOf = (row: string): string => `json_build_object(
    'id', ${row}.id, 'version', coalesce((select s.version from jr_task_state s where s.task_id = ${row}.id), 0),
    'title', left(${row}.title::text, ${titleCharacters}), 'status', ${statusOf(row)},
    'jrName', nullif(${row}.assigned_jr::text, ''), 'channel', nullif(${channelOf(row)}, ''),
    'score', case when ${hasScore(row)} then ${row}.score::float8 end, 'campaignId', ${row}.campaign_id,
    'priority', ${priorityOrder(row)}, 'ageMs', ${waitedMs(row)}, 'scheduledAt', ${epochMs(`${row}.scheduled_at`)})`

/** The same of a task that is named by its id. */
export const refOfId = (id: string): string =>
  `(select ${refOf('q')} from jr_work_queue q where q.id = ${id})`

/** The parameters in which the periods of the actions come, milliseconds. $1 is what makes a Jr offline. */
export const periodParameters = {
  schedule_task: '$2',
  retry_failed: '$3',
  promote_task: '$4',
  downgrade_task: '$5',
  force_run: '$6',
  rebalance_queue: '$7',
  // A replay is one of the things that `retry_failed` does.
  replay_dead: '$3',
} as const satisfies Record<TaskMark, string>

/** Whether an action has left a task alone for its period. Looked up for each task, as its references are. */
export const isRested = (mark: TaskMark, id: string): string =>
  `coalesce((select m.acted_at from jr_task_actions m where m.task_id = ${id} and m.action = '${mark}'), '-infinity')
      <= now() - ${periodParameters[mark]}::float8 * interval '1 millisecond'`

/**
 * A task that `schedule_task` has given its time, and that waits for that since: it is where it belongs, most likely.
 * @param status SQL text of its status
 */
export const isPlaced = (id: string, status: string): string => `(${status} = 'scheduled' and coalesce(
      (select m.acted_at from jr_task_actions m where m.task_id = ${id} and m.action = 'schedule_task')
        >= (select s.status_changed_at from jr_task_state s where s.task_id = ${id}), false))`
