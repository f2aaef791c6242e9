import type { Migration } from './migration.ts'

/** Our own tables: attempts with their leases, what the trigger keeps of a task, events, and worker instances. */
export const sideTablesMigration: Migration = {
  version: 2,
  name: 'side-tables',
  statements: () => [
    `create sequence if not exists jr_fence`,
    // When listeners were last told that something changed, in epoch milliseconds.
    `create sequence if not exists jr_changed_at`,
    // No foreign key to the queue: other programs may delete tasks as they always did.
    `create table if not exists jr_attempts (
  task_id bigint not null,
  fence bigint not null default nextval('jr_fence'),
  attempt integer not null,
  jr_name text not null,
  instance_id text not null,
  node_id text not null,
  key_hash text not null,
  took_unassigned boolean not null,
  started_at timestamptz not null default now(),
  lease_expires_at timestamptz not null,
  renewed_at timestamptz,
  ended_at timestamptz,
  outcome text,
  error text,
  primary key (task_id, fence)
) with (fillfactor = 70)`,
    // A task has one open attempt at most. No index holds a column that renewals write; a key is looked for among the open
    // attempts, which are few: an index on it would cost each claim.
    `create unique index if not exists jr_attempts_open on jr_attempts (task_id) where ended_at is null`,
    `create table if not exists jr_task_state (
  task_id bigint primary key,
  version bigint not null,
  status_changed_at timestamptz,
  progress_at timestamptz
) with (fillfactor = 70)`,
    `create table if not exists jr_events (
  id bigint generated always as identity primary key,
  task_id bigint not null,
  version bigint not null,
  at timestamptz not null,
  kind text not null,
  from_status text,
  to_status text,
  jr_name text,
  actor text not null,
  changes jsonb not null,
  attempt_outcome text
)`,
    // Sums of the rows of a status; the trigger adds rows, which are folded together now and then.
    `create table if not exists jr_task_counts (status text not null, tasks bigint not null)`,
    `create table if not exists jr_instances (
  instance_id text not null,
  jr_name text not null,
  node_id text not null,
  pid integer not null,
  started_at timestamptz not null default now(),
  last_seen timestamptz not null,
  load integer not null,
  primary key (instance_id, jr_name)
) with (fillfactor = 50)`,
  ],
}
