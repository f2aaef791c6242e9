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
    // Dropped since: each claim and each change paid for them, and nothing read them.
    `drop index if exists jr_attempts_open_key`,
    `alter table jr_events drop constraint if exists jr_events_task_id_version_key`,
    `create sequence if not exists jr_changed_at`,
    `create table if not exists jr_task_counts (status text not null, tasks bigint not null)`,
    // Built with its columns in two directions by an earlier jrctl.
    `do $do$ begin
  if pg_get_indexdef(to_regclass('jr_work_queue_ready')) like '% DESC%' then drop index jr_work_queue_ready; end if;
end $do$`,
    `lock table jr_work_queue in share row exclusive mode`,
    ...triggerStatements(),
    `delete from jr_task_counts`,
    `insert into jr_task_counts (status, tasks) select ${statusOf('q')}, count(*) from jr_work_queue q group by 1`,
  ],
}
