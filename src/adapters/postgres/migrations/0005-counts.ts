import { statusOf } from '../queue-expressions.ts'
import type { Migration } from './migration.ts'
import { triggerStatements } from './0003-trigger.ts'

/**
 * Counts by status that cost the same whatever lies in the queue: the trigger notes what each statement changes, and the
 * notes are folded together now and then. Locked against writers while the first count is taken.
 */
export const countsMigration: Migration = {
  version: 5,
  name: 'counts',
  statements: () => [
    `create table if not exists jr_task_counts (status text not null, tasks bigint not null)`,
    `lock table jr_work_queue in share row exclusive mode`,
    ...triggerStatements(),
    `delete from jr_task_counts`,
    `insert into jr_task_counts (status, tasks) select ${statusOf('q')}, count(*) from jr_work_queue q group by 1`,
  ],
}
