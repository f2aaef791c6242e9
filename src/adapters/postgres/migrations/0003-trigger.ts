import { changedQuietMs, channels, endedPayloadsMax, jrNamePayloadBytes } from '../channels.ts'
import { isDelivery, isReady, isUrgent, lineOf } from '../queue-expressions.ts'
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
    ofLate,
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

/**
 * What the trigger writes came one by one. Looked at first: to add a column that is there already would wait for everybody who
 * reads.
 */
const ofLate = `do $do$ begin
  if to_regclass('jr_failures') is null then
    create table jr_failures (task_id bigint not null, at timestamptz not null, died boolean not null);
    create index jr_failures_at on jr_failures (at);
  end if;
  if not exists (select from pg_attribute
      where attrelid = to_regclass('jr_task_counts') and attname = 'is_delivery' and not attisdropped) then
    alter table if exists jr_task_counts add column is_delivery boolean;
  end if;
  if not exists (select from pg_attribute
      where attrelid = to_regclass('jr_task_state') and attname = 'ready_at' and not attisdropped) then
    alter table if exists jr_task_state add column ready_at timestamptz;
  end if;
end $do$`

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
    .replaceAll(
      /\b(jr_attempts|jr_task_state|jr_events|jr_task_counts|jr_failures|jr_changed_at)\b/g,
      '@ours@.$1',
    )
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
  changed_rows bigint := 0;
  notices bigint;
  touched bigint;
  one record;
  one_version bigint;
  now_ms bigint := extract(epoch from clock_timestamp()) * 1000;
  told_ms bigint;
begin
  if TG_OP = 'INSERT' then
    ${byTouched('insert')}
  elsif TG_OP = 'UPDATE' then
    ${byTouched('update')}
  else
    ${byTouched('delete')}
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
  if changed_rows > 0
      and abs(now_ms - coalesce(nullif(current_setting('jrctl.told_ms', true), ''), '0')::bigint) >= ${changedQuietMs} then
    select last_value into told_ms from jr_changed_at;
    if abs(now_ms - told_ms) >= ${changedQuietMs} then
      told_ms := now_ms;
      perform setval('jr_changed_at', told_ms);
      perform pg_notify('${channels.changed}', '');
    end if;
    -- What this session has seen told itself needs no look at the sequence.
    perform set_config('jrctl.told_ms', told_ms::text, false);
  end if;
  return null;
end
$body$`
}

/**
 * Most statements touch one row: a claim, a completion, a word of progress. Those are recorded by small statements with plain
 * values; what makes the one for many rows fast costs, for a single one, four times as much as all of them together.
 */
function byTouched(operation: Operation): string {
  return `select count(*) into touched from (select from ${operation === 'delete' ? 'old_rows' : 'new_rows'} limit 2) as first_rows;
    if touched = 0 then
      return null;
    elsif touched = 1 then
      ${recordOne(operation)}
    else
      ${recordMany(operation)}
    end if;`
}

/**
 * Of the tasks that were at work (`at_work`): attempts that are still open although their task is not worked on as it was are
 * closed, and those who work on them are told. What was cancelled or expired was ended by the very same transaction. A
 * completion of ours has ended its attempt: all it costs here is one look into the index of open attempts.
 * @param left whether the task of the open attempt `a` left work
 * @param mayTell whether there is anything but completions
 */
function closeAttempts(left: string, mayTell: string): string {
  return `if at_work is not null then
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

/**
 * What the events, counts and notices are made of, a row each.
 * @param changes the expression for what changed
 */
function changedRows(operation: Operation, rows: string, changes: string): string {
  const shown = operation === 'delete' ? 'o' : 'n'
  return `select ${shown}.id::bigint as id, ${operation === 'insert' ? 'null::bigint' : 'o.id::bigint'} as was_id,
        ${operation === 'insert' ? 'null::text' : `coalesce(o.status::text, 'pending')`} as from_status,
        ${operation === 'delete' ? 'null::text' : `coalesce(n.status::text, 'pending')`} as to_status,
        ${operation === 'insert' ? 'null::boolean' : isDelivery('o')} as was_delivery,
        ${operation === 'delete' ? 'null::boolean' : isDelivery('n')} as is_delivery,
        ${operation === 'update' ? becameReady : 'false'} as became_ready,
        ${shown}.assigned_jr::text as jr_name,
        ${operation === 'delete' ? 'null::text' : readyFor(operation)} as ready_for,
        ${progressed(operation)} as progressed,
        ${operation === 'update' ? 'n.started_at is distinct from o.started_at' : 'true'} as restarted,
        ${operation === 'update' ? isDescribedAnew : 'false'} as described_anew,
        ${changes} as changes
      from ${rows}`
}

/** Not by a change of Jr alone, by which a task waits no shorter. */
const becameReady = `(${isReady('n')} and not (${isReady('o')}))`

const startState = `insert into jr_task_state as s (task_id, version, status_changed_at, progress_at, ready_at)`
const nextState = `on conflict (task_id) do update set version = s.version + 1,
        status_changed_at = coalesce(excluded.status_changed_at, s.status_changed_at),
        progress_at = coalesce(excluded.progress_at, s.progress_at),
        ready_at = coalesce(excluded.ready_at, s.ready_at)`
const newEvent = `insert into jr_events (task_id, version, at, kind, from_status, to_status, jr_name, actor, changes, attempt_outcome)`

/** Version, event, counts and notices of a statement that touched one row. */
function recordOne(operation: Operation): string {
  const rows = oneRow[operation]
  return `select * into one from (${changedRows(operation, rows, changes[operation].usual)}) as changed;
      ${closeOne[operation]}
      ${operation === 'update' ? `if one.described_anew then select ${changes.update.all} into one.changes from ${rows}; end if;` : ''}
      if ${operation === 'update' ? `one.changes <> '{}'` : 'true'} then
        ${startState}
        values (one.id, 1, case when one.from_status is distinct from one.to_status then now() end,
          case when one.progressed then now() end, case when one.became_ready then now() end)
        ${nextState}
        returning s.version into one_version;
        ${newEvent}
        values (one.id, one_version, now(), '${kinds[operation]}', one.from_status, one.to_status, one.jr_name, who,
          one.changes, case when one.id = any (ended_by_others) then 'foreign' end);
        changed_rows := 1;
      end if;
      ${countOne[operation]}
      if one.ready_for is not null then
        perform pg_notify('${channels.work}', ${payloadOf('one.ready_for')});
      end if;`
}

const closeOne: Record<Operation, string> = {
  insert: '',
  update: closeAttemptsOfOne(
    `(one.to_status <> 'in_progress' or one.restarted or one.id <> one.was_id)`,
    `one.to_status <> 'completed'`,
  ),
  delete: closeAttemptsOfOne('true', 'true'),
}

function closeAttemptsOfOne(left: string, mayTell: string): string {
  return `if one.from_status = 'in_progress' then at_work := array[one.was_id]; end if;
      ${closeAttempts(left, mayTell)}`
}

/**
 * An attempt that failed, or a task that died, whoever wrote it; but what the cycle does itself is no failure: an emergency's dead
 * letters would else be replayed by its next pass. Told in a table of their own, for an index of the events would cost every change.
 */
const isFailure = (row: string): string =>
  `${row}.to_status in ('failed', 'retry') and ${row}.from_status <> ${row}.to_status and not starts_with(who, 'orchestrator:')`
const newFailure = `insert into jr_failures (task_id, at, died)`

const newCounts = `insert into jr_task_counts (status, is_delivery, tasks)`

const countOne: Record<Operation, string> = {
  insert: `${newCounts} values (one.to_status, one.is_delivery, 1);`,
  update: `if one.from_status <> one.to_status or one.was_delivery <> one.is_delivery then
        ${newCounts} values (one.to_status, one.is_delivery, 1), (one.from_status, one.was_delivery, -1);
        if ${isFailure('one')} then
          ${newFailure} values (one.id, now(), one.to_status = 'failed');
        end if;
      end if;`,
  delete: `${newCounts} values (one.from_status, one.was_delivery, -1);`,
}

const payloadOf = (line: string): string =>
  `case when octet_length(${line}) > ${jrNamePayloadBytes} then '' else ${line} end`

/** Versions, events, counts and notices of a statement that touched many rows. */
function recordMany(operation: Operation): string {
  return `${closeMany[operation]}
      with changed as materialized (
        ${changedRows(operation, manyRows[operation], changes[operation].all)}
    ), real as (
      select * from changed${operation === 'update' ? ` where changes <> '{}'` : ''}
    ), state as (
      ${startState}
      select id, 1, case when from_status is distinct from to_status then now() end, case when progressed then now() end,
        case when became_ready then now() end
      from real
      ${nextState}
      returning s.task_id, s.version
    ), event as (
      ${newEvent}
      select r.id, s.version, now(), '${kinds[operation]}', r.from_status, r.to_status, r.jr_name, who, r.changes,
        case when r.id = any (ended_by_others) then 'foreign' end
      from real r join state s on s.task_id = r.id
    ), counted as (
      ${newCounts}
      select status, is_delivery, sum(delta) from (
        ${moves(operation)}
      ) moved group by status, is_delivery having sum(delta) <> 0
    )${operation === 'update' ? manyFailures : ''}, notice as (
      select distinct '${channels.work}' as channel, ${payloadOf('ready_for')} as payload
      from real where ready_for is not null
    )
    select count(*), (select count(pg_notify(channel, payload)) from notice) into changed_rows, notices from real;`
}

const manyFailures = `, failed as (
      ${newFailure}
      select r.id, now(), r.to_status = 'failed' from real r where ${isFailure('r')}
    )`

const closeMany: Record<Operation, string> = {
  insert: '',
  update: closeAttemptsOfMany(
    `not exists (select from new_rows n join old_rows o on o.id = n.id
        where n.id = a.task_id and n.status::text = 'in_progress' and n.started_at is not distinct from o.started_at)`,
    `exists (select from new_rows n where n.status::text is distinct from 'completed')`,
  ),
  delete: closeAttemptsOfMany('true', 'true'),
}

function closeAttemptsOfMany(left: string, mayTell: string): string {
  return `select array_agg(o.id) into at_work from old_rows o where o.status::text = 'in_progress';
      ${closeAttempts(left, mayTell)}`
}

/** What the statement adds to the number of tasks in each status, with a channel and without. */
function moves(operation: Operation): string {
  const come = `select to_status as status, is_delivery, 1 as delta from real`
  const leave = `select from_status as status, was_delivery as is_delivery, -1 as delta from real`
  if (operation === 'insert') return come
  if (operation === 'delete') return leave
  const moved = `where to_status <> from_status or is_delivery <> was_delivery`
  return `${come} ${moved}
        union all ${leave} ${moved}`
}

const kinds = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const

const oneRow = { insert: 'new_rows n', update: 'new_rows n, old_rows o', delete: 'old_rows o' } as const
const manyRows = { ...oneRow, update: 'new_rows n join old_rows o on o.id = n.id' } as const

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

const allOf = (row: string): string => descriptive.map(({ name }) => `${row}.${name}`).join(', ')
const isDescribedAnew = `(${allOf('n')}) is distinct from (${allOf('o')})`

/**
 * The columns that changed with their new values; of a new row those that are set; of a deleted row nothing. Put together as
 * text and parsed once: as sums of small jsonb values it was half the cost of the whole trigger. `usual` is enough where the
 * task was not described anew: an expression costs by its length, whether its branches are taken or not.
 */
const changes: Record<Operation, { usual: string; all: string }> = {
  insert: bothWays(asJson(shownWhere('n', (name) => `n.${name} is not null`, columns))),
  update: {
    usual: asJson(shownWhere('n', isChanged, ofLife)),
    all: asJson(
      `${shownWhere('n', isChanged, ofLife)},
          case when ${isDescribedAnew} then concat_ws(',', ${shownWhere('n', isChanged, descriptive)}) end`,
    ),
  },
  delete: bothWays(`'{}'::jsonb`),
}

function bothWays(expression: string): { usual: string; all: string } {
  return { usual: expression, all: expression }
}

function isChanged(name: string): string {
  return `n.${name} is distinct from o.${name}`
}

/** Members of a JSON object, as text or NULL, with commas between. */
function shownWhere(row: string, condition: (name: string) => string, which: readonly Column[]): string {
  return which
    .map(
      (column) =>
        `case when ${condition(column.name)} then '"${column.name}":' || ${shownValue(column, row)} end`,
    )
    .join(',\n          ')
}

function asJson(members: string): string {
  return `('{' || concat_ws(',', ${members}) || '}')::jsonb`
}

/** JSON text of a value; of a large one its size. Also how a row is compared with what its events told. */
export function shownValue(column: Column, row = 'n'): string {
  const value = `${row}.${column.name}`
  const json = `coalesce(to_json(${value})::text, 'null')`
  if (!['text', 'json', 'textArray'].includes(column.family)) return json
  const size = `octet_length(${value}::text)`
  return `case when ${size} > ${changeBytesMax} then '{"bytes":' || ${size} || '}' else ${json} end`
}
