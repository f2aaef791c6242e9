import { changedQuietMs, channels, endedPayloadsMax, jrNamePayloadBytes } from '../channels.ts'
import { isReady, isUrgent, lineOf } from '../queue-expressions.ts'
import { sharedTables } from '../schema-columns.ts'
import type { Migration } from './migration.ts'

/**
 * The only writer of versions, events, progress times, counts and notices, for our SQL and everybody else's. It runs once a
 * statement over the old and new rows, so that a bulk update costs one pass and one notice a Jr.
 *
 * - It runs with the rights of whoever migrated, so that programs with rights on the queue alone go on working.
 * - That something changed is told ten times a second at most (see channels.ts); a sequence, the one thing that sessions share
 *   without waiting for one another, holds when it was told last.
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
    create(triggerFunction()),
    ...(['insert', 'update', 'delete'] as const).flatMap((event) => [
      `drop trigger if exists jr_after_${event} on jr_work_queue`,
      `create trigger jr_after_${event} after ${event} on jr_work_queue
  referencing ${references[event]}
  for each statement execute function jr_work_queue_changed()`,
    ]),
    create(truncateFunction),
    `drop trigger if exists jr_before_truncate on jr_work_queue`,
    `create trigger jr_before_truncate before truncate on jr_work_queue
  for each statement execute function jr_work_queue_truncated()`,
  ]
}

/** A TRUNCATE shows no rows to triggers: it is made a DELETE of all of them, and then has nothing left to do. */
const truncateFunction = `create or replace function jr_work_queue_truncated() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $body$
begin
  delete from jr_work_queue;
  return null;
end
$body$`

const references = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
} as const

/**
 * Creates a function that names its tables with their schemas: the queue may lie in one, what we create in another, the first
 * of the path. With a search path of its own that holds nothing but the catalog, for it runs with the rights of whoever
 * migrated: a function that somebody made in `public` must not be found there, under whatever name.
 */
function create(definition: string): string {
  const named = definition
    .replaceAll(/\b(jr_attempts|jr_task_state|jr_events|jr_task_counts|jr_changed_at)\b/g, '@ours@.$1')
    .replaceAll(/\bjr_work_queue\b/g, '@queue@.jr_work_queue')
  return `do $do$ begin
  execute replace(replace($definition$${named}$definition$, '@ours@', quote_ident(current_schema())), '@queue@',
    (select quote_ident(n.nspname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = 'jr_work_queue'::regclass));
end $do$`
}

/** Values beyond this are named with their size only. */
const changeBytesMax = 1_000

function triggerFunction(): string {
  return `create or replace function jr_work_queue_changed() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set plan_cache_mode = force_generic_plan
as $body$
declare
  who text := coalesce(nullif(current_setting('jrctl.actor', true), ''),
                       nullif(current_setting('application_name', true), ''), session_user::text);
  at_work bigint[];
  ended_by_others bigint[] := '{}';
  told bigint[] := '{}';
  changed_rows bigint;
  notices bigint;
  now_ms bigint := extract(epoch from clock_timestamp()) * 1000;
  told_ms bigint;
begin
  if TG_OP = 'INSERT' then
    ${record('insert')}
  elsif TG_OP = 'UPDATE' then
    ${closeAttempts(
      `not exists (select from new_rows n join old_rows o on o.id = n.id
        where n.id = a.task_id and n.status::text = 'in_progress' and n.started_at is not distinct from o.started_at)`,
      `exists (select from new_rows n where n.status::text is distinct from 'completed')`,
    )}
    ${record('update')}
  else
    ${closeAttempts('true', 'true')}
    ${record('delete')}
    -- Should the id come again, its versions go on from where they were. What is deleted for its age does not come again.
    if current_setting('jrctl.actor', true) = 'retention' then
      delete from jr_task_state where task_id = any (array(select o.id from old_rows o));
    end if;
  end if;

  if cardinality(told) > ${endedPayloadsMax} then
    perform pg_notify('${channels.ended}', '');
  elsif cardinality(told) > 0 then
    perform pg_notify('${channels.ended}', id::text) from unnest(told) as id;
  end if;
  if changed_rows > 0 then
    select last_value into told_ms from jr_changed_at;
    if abs(now_ms - told_ms) >= ${changedQuietMs} then
      perform setval('jr_changed_at', now_ms);
      perform pg_notify('${channels.changed}', '');
    end if;
  end if;
  return null;
end
$body$`
}

/**
 * Of the tasks that were at work: attempts that are still open although their task is not worked on as it was are closed,
 * and those who work on them are told. What was cancelled or expired was ended by the very same transaction. A completion
 * of ours has ended its attempt: all it costs here is one look into the index of open attempts.
 * @param left whether the task of the open attempt `a` left work
 * @param mayTell whether there is anything but completions
 */
function closeAttempts(left: string, mayTell: string): string {
  return `select array_agg(o.id) into at_work from old_rows o where o.status::text = 'in_progress';
    if at_work is not null then
      if exists (select from jr_attempts where ended_at is null and task_id = any (at_work)) then
        with ended as (
          update jr_attempts a set ended_at = now(), outcome = 'foreign', error = 'ended by ' || who
          where ended_at is null and task_id = any (at_work) and ${left}
          returning task_id)
        select coalesce(array_agg(task_id), '{}') into ended_by_others from ended;
      end if;
      if cardinality(ended_by_others) > 0 or ${mayTell} then
        select coalesce(array_agg(distinct task_id), '{}') into told from jr_attempts
        where task_id = any (at_work) and ended_at = now() and outcome in ('foreign', 'cancelled', 'expired');
      end if;
    end if;`
}

type Operation = 'insert' | 'update' | 'delete'
type Column = { name: string; family: string }

/**
 * What changes as a task lives. The others describe it and change when somebody edits it: they are looked at one by one
 * only when they differ as a whole.
 */
const namesOfLife = new Set(
  'assigned_jr status progress_percent progress_note started_at completed_at result error attempts scheduled_at'.split(
    ' ',
  ),
)
const columns: readonly Column[] = sharedTables.jr_work_queue
const ofLife = columns.filter(({ name }) => namesOfLife.has(name))
const descriptive = columns.filter(({ name }) => !namesOfLife.has(name))

/** Versions, events and notices of one statement. */
function record(operation: Operation): string {
  const shown = operation === 'delete' ? 'o' : 'n'
  return `with changed as materialized (
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
      from real
      on conflict (task_id) do update set version = s.version + 1,
        status_changed_at = coalesce(excluded.status_changed_at, s.status_changed_at),
        progress_at = coalesce(excluded.progress_at, s.progress_at)
      returning s.task_id, s.version
    ), event as (
      insert into jr_events (task_id, version, at, kind, from_status, to_status, jr_name, actor, changes, attempt_outcome)
      select r.id, s.version, now(), '${kinds[operation]}', r.from_status, r.to_status, r.jr_name, who, r.changes,
        case when r.id = any (ended_by_others) then 'foreign' end
      from real r join state s on s.task_id = r.id
    ), counted as (
      insert into jr_task_counts (status, tasks)
      select status, sum(delta) from (
        ${moves(operation)}
      ) moved group by status having sum(delta) <> 0
    ), notice as (
      select distinct '${channels.work}' as channel,
        case when octet_length(ready_for) > ${jrNamePayloadBytes} then '' else ready_for end as payload
      from real where ready_for is not null
    )
    select count(*), (select count(pg_notify(channel, payload)) from notice) into changed_rows, notices from real;`
}

/** What the statement adds to the number of tasks in each status. */
function moves(operation: Operation): string {
  const come = `select to_status as status, 1 as delta from real`
  const leave = `select from_status as status, -1 as delta from real`
  if (operation === 'insert') return come
  if (operation === 'delete') return leave
  return `${come} where to_status <> from_status
        union all ${leave} where to_status <> from_status`
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

/**
 * The columns that changed with their new values; of a new row those that are set; of a deleted row nothing. Put together as
 * text and parsed once: as sums of small jsonb values it was half the cost of the whole trigger.
 */
function changes(operation: Operation): string {
  if (operation === 'delete') return `'{}'::jsonb`
  const members = (which: readonly Column[]): string =>
    which
      .map((column) => {
        const changed =
          operation === 'insert'
            ? `n.${column.name} is not null`
            : `n.${column.name} is distinct from o.${column.name}`
        return `case when ${changed} then '"${column.name}":' || ${shownValue(column)} end`
      })
      .join(',\n          ')
  if (operation === 'insert') return `('{' || concat_ws(',', ${members(columns)}) || '}')::jsonb`
  const all = (row: string): string => descriptive.map(({ name }) => `${row}.${name}`).join(', ')
  return `('{' || concat_ws(',', ${members(ofLife)},
          case when (${all('n')}) is distinct from (${all('o')}) then concat_ws(',',
          ${members(descriptive)}) end) || '}')::jsonb`
}

/** JSON text of a value; of a large one its size. Also how a row is compared with what its events told. */
export function shownValue(column: Column, row = 'n'): string {
  const value = `${row}.${column.name}`
  const json = `coalesce(to_json(${value})::text, 'null')`
  if (!['text', 'json', 'textArray'].includes(column.family)) return json
  const size = `octet_length(${value}::text)`
  return `case when ${size} > ${changeBytesMax} then '{"bytes":' || ${size} || '}' else ${json} end`
}
