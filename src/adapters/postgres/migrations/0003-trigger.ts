import { channels, endedPayloadsMax, jrNamePayloadBytes } from '../channels.ts'
import { isReady, isUrgent, lineOf } from '../queue-expressions.ts'
import { sharedTables } from '../schema-columns.ts'
import type { Migration } from './migration.ts'

/**
 * The only writer of versions, events, progress times and notices, for our SQL and everybody else's. It runs once a
 * statement over the old and new rows, so that a bulk update costs one pass and one notice a Jr.
 *
 * - It runs with the rights of whoever migrated, so that programs with rights on the queue alone go on working; hence
 *   its search path is pinned, temporary tables last.
 * - Nested loops are off: a plan made for one row would otherwise be kept for a bulk update of a hundred thousand.
 * - Our own statements end the attempt in the statement that changes the task. An attempt that is still open here although
 *   its task left in_progress (or was started anew) was ended by somebody else: it is closed as `foreign`.
 */
export const triggerMigration: Migration = {
  version: 3,
  name: 'trigger',
  statements: triggerStatements,
}

/** Also run by later migrations that need the trigger as it is now, where an earlier jrctl made it. */
export function triggerStatements(): string[] {
  return [
    triggerFunction(),
    pinSearchPath,
    ...(['insert', 'update', 'delete'] as const).flatMap((event) => [
      `drop trigger if exists jr_after_${event} on jr_work_queue`,
      `create trigger jr_after_${event} after ${event} on jr_work_queue
  referencing ${references[event]}
  for each statement execute function jr_work_queue_changed()`,
    ]),
  ]
}

const references = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
} as const

/** The tables may lie in one schema and what we create in another, the first of the path. */
const pinSearchPath = `do $do$ begin
  execute format('alter function jr_work_queue_changed() set search_path = %I, %I, pg_temp',
    (select relnamespace::regnamespace::name from pg_class where oid = 'jr_work_queue'::regclass), current_schema());
end $do$`

/** Values beyond this are named with their size only. */
const changeBytesMax = 1_000

function triggerFunction(): string {
  return `create or replace function jr_work_queue_changed() returns trigger
language plpgsql security definer
set enable_nestloop = off
as $body$
declare
  who text := coalesce(nullif(current_setting('jrctl.actor', true), ''),
                       nullif(current_setting('application_name', true), ''), session_user::text);
  left_work bigint[] := '{}';
  ended_by_others bigint[] := '{}';
  told bigint[] := '{}';
  notices bigint;
begin
  if TG_OP = 'INSERT' then
    ${record('insert')}
  elsif TG_OP = 'UPDATE' then
    select coalesce(array_agg(n.id), '{}') into left_work
    from new_rows n join old_rows o on o.id = n.id
    where o.status::text = 'in_progress'
      and (n.status::text is distinct from 'in_progress' or n.started_at is distinct from o.started_at);
    ${endAttempts}
    ${record('update')}
  else
    select coalesce(array_agg(o.id), '{}') into left_work from old_rows o where o.status::text = 'in_progress';
    ${endAttempts}
    ${record('delete')}
    delete from jr_task_state where task_id = any (array(select o.id from old_rows o));
  end if;

  if cardinality(told) > ${endedPayloadsMax} then
    perform pg_notify('${channels.ended}', '');
  elsif cardinality(told) > 0 then
    perform pg_notify('${channels.ended}', id::text) from unnest(told) as id;
  end if;
  return null;
end
$body$`
}

/** Those who work on these tasks are told; cancelled and expired attempts were ended by the very same transaction. */
const endAttempts = `if cardinality(left_work) > 0 then
      with ended as (
        update jr_attempts set ended_at = now(), outcome = 'foreign', error = 'ended by ' || who
        where ended_at is null and task_id = any (left_work)
        returning task_id)
      select coalesce(array_agg(task_id), '{}') into ended_by_others from ended;
      select coalesce(array_agg(distinct task_id), '{}') into told from jr_attempts
      where task_id = any (left_work) and ended_at = now() and outcome in ('foreign', 'cancelled', 'expired');
    end if;`

type Operation = 'insert' | 'update' | 'delete'

/** Versions, events and notices of one statement. */
function record(operation: Operation): string {
  const shown = operation === 'delete' ? 'o' : 'n'
  return `with changed as (
      select ${shown}.id::bigint as id,
        ${operation === 'insert' ? 'null' : `coalesce(o.status::text, 'pending')`} as from_status,
        ${operation === 'delete' ? 'null' : `coalesce(n.status::text, 'pending')`} as to_status,
        ${shown}.assigned_jr::text as jr_name,
        ${operation === 'delete' ? 'null::text' : readyFor(operation)} as ready_for,
        ${progressed(operation)} as progressed,
        ${changes(operation)} as changes
      from ${rowsOf[operation]}
    ), real as (
      select * from changed${operation === 'update' ? ` where changes <> '{}'` : ''}
    ), state as (
      insert into jr_task_state as s (task_id, version, status_changed_at, progress_at)
      select id, 1, case when from_status is distinct from to_status then now() end, case when progressed then now() end
      from real order by id
      on conflict (task_id) do update set version = s.version + 1,
        status_changed_at = coalesce(excluded.status_changed_at, s.status_changed_at),
        progress_at = coalesce(excluded.progress_at, s.progress_at)
      returning s.task_id, s.version
    ), event as (
      insert into jr_events (task_id, version, at, kind, from_status, to_status, jr_name, actor, changes, attempt_outcome)
      select r.id, s.version, now(), '${kinds[operation]}', r.from_status, r.to_status, r.jr_name, who, r.changes,
        case when r.id = any (ended_by_others) then 'foreign' end
      from real r join state s on s.task_id = r.id
      order by r.id
    ), notice as (
      select distinct '${channels.work}' as channel,
        case when octet_length(ready_for) > ${jrNamePayloadBytes} then '' else ready_for end as payload
      from real where ready_for is not null
      union all
      select '${channels.changed}', '' where exists (select from real)
    )
    select count(pg_notify(channel, payload)) into notices from notice;`
}

const kinds = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const

const rowsOf = {
  insert: 'new_rows n',
  update: 'new_rows n join old_rows o on o.id = n.id',
  delete: 'old_rows o',
} as const

/** Whose work became ready by this change (the empty name: anybody's), or NULL when nothing new is ready. */
function readyFor(operation: 'insert' | 'update'): string {
  const fresh =
    operation === 'insert'
      ? 'true'
      : `not (${isReady('o')}) or ${lineOf('n')} <> ${lineOf('o')} or (${isUrgent('n')} and not ${isUrgent('o')})`
  return `case when ${isReady('n')} and (${fresh}) then ${lineOf('n')} end`
}

function progressed(operation: Operation): string {
  return operation === 'update'
    ? `(n.progress_percent is distinct from o.progress_percent or n.progress_note is distinct from o.progress_note)`
    : 'false'
}

/** The columns that changed with their new values; of a new row those that are set; of a deleted row nothing. */
function changes(operation: Operation): string {
  if (operation === 'delete') return `'{}'::jsonb`
  const parts = sharedTables.jr_work_queue.map((column) => {
    const changed =
      operation === 'insert'
        ? `n.${column.name} is not null`
        : `n.${column.name} is distinct from o.${column.name}`
    return `case when ${changed} then jsonb_build_object('${column.name}', ${shownValue(column)}) else '{}' end`
  })
  return parts.join('\n          || ')
}

function shownValue(column: { name: string; family: string }): string {
  const value = `n.${column.name}`
  if (!['text', 'json', 'textArray'].includes(column.family)) return value
  const size = `octet_length(${value}::text)`
  return `case when ${size} > ${changeBytesMax} then jsonb_build_object('bytes', ${size}) else to_jsonb(${value}) end`
}
