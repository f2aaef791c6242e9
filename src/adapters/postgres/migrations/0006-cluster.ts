import type { Migration } from './migration.ts'

/** What the nodes of one fleet tell one another: who is there, who leads, which tasks their Jrs accept. */
export const clusterMigration: Migration = {
  version: 6,
  name: 'cluster',
  statements: () => [
    // A node is a stable id plus an epoch per start of its daemon.
    `create table if not exists jr_nodes (
  node_id text primary key,
  epoch bigint not null,
  host text not null,
  version text not null,
  started_at timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  ended_at timestamptz,
  claims_held_until timestamptz,
  claims_held_reason text
) with (fillfactor = 50)`,
    // One row a duty; the term goes up with each change of holder, and every write of a leader carries it.
    `create table if not exists jr_leader (
  duty text primary key,
  node_id text not null,
  epoch bigint not null,
  term bigint not null,
  expires_at timestamptz not null,
  since timestamptz not null default now()
) with (fillfactor = 50)`,
    // What a node's configuration says of its Jrs; a Jr without a row accepts every task.
    `create table if not exists jr_accepts (
  node_id text not null,
  jr_name text not null,
  accepts jsonb not null,
  primary key (node_id, jr_name)
)`,
    // Which queue this is, wherever it is restored to: a node's copy of events is of one queue.
    `create table if not exists jr_queue (
  single boolean primary key default true check (single),
  id uuid not null default gen_random_uuid()
)`,
    `insert into jr_queue default values on conflict do nothing`,
  ],
}
