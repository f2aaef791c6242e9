import { isDelivery, statusOf } from '../queue-expressions.ts'
import { sharedTables, type ColumnSpec } from '../schema-columns.ts'
import type { TableShape } from '../table-shape.ts'
import type { Migration } from './migration.ts'
import { triggerStatements } from './0003-trigger.ts'

/** The counts from what is there. The queue has to be locked against writers. */
export const recountStatements: readonly string[] = [
  `delete from jr_task_counts`,
  `insert into jr_task_counts (status, is_delivery, tasks)
select ${statusOf('q')}, ${isDelivery('q')}, count(*) from jr_work_queue q group by 1, 2`,
]

/**
 * Counts by status that cost the same whatever lies in the queue: the trigger notes what each statement changes, and the
 * notes are folded together now and then. Locked while the first count is taken.
 */
export const countsMigration: Migration = {
  version: 5,
  name: 'counts',
  statements: (before) => [
    // First of all, as every writer takes its locks: in another order the two would wait for one another.
    `lock table jr_work_queue in access exclusive mode`,
    ...withoutLimits(before.jr_work_queue),
    // Dropped since: each claim and each change paid for them, and nothing read them.
    `drop index if exists jr_attempts_open_key`,
    `alter table jr_events drop constraint if exists jr_events_task_id_version_key`,
    `create sequence if not exists jr_changed_at`,
    `create table if not exists jr_task_counts (status text not null, tasks bigint not null)`,
    // Built with its columns in two directions by an earlier jrctl.
    `do $do$ begin
  if pg_get_indexdef(to_regclass('jr_work_queue_ready')) like '% DESC%' then drop index jr_work_queue_ready; end if;
end $do$`,
    ...triggerStatements(),
    ...recountStatements,
  ],
}

/** Of a varchar(100) for errors, say. Changes the catalog alone; the rows stay as they are. */
function withoutLimits(shape: TableShape | null): string[] {
  const specs: readonly ColumnSpec[] = sharedTables.jr_work_queue
  return specs
    .filter(
      ({ name, unlimited }) => unlimited === true && (shape?.columns.get(name)?.maxLength ?? null) !== null,
    )
    .map(({ name }) => `alter table jr_work_queue alter column ${name} type text`)
}
