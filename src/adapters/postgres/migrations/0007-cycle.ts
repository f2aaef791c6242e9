import { recountStatements } from './0005-counts.ts'
import { triggerStatements } from './0003-trigger.ts'
import { campaignStatements } from './0007-campaigns.ts'
import type { Migration } from './migration.ts'

/**
 * What the whole fleet must agree on about the autonomous cycle: its switch, its decisions, whom it has left in peace since when.
 * And what a look at the queue needs that would else be counted row by row: the tasks with a channel by status, and since
 * when a task has been ready. One version, as a daemon works with its schema and the next, and no further.
 */
export const cycleMigration: Migration = {
  version: 7,
  name: 'cycle',
  statements: (before) => [
    // First of all, as every writer takes its locks: in another order the two would wait for one another.
    `lock table jr_work_queue in access exclusive mode`,
    ...triggerStatements(),
    ...recountStatements,
    // Without a default: the folding of an older jrctl, which knows nothing of the column, is refused instead of losing it.
    `alter table jr_task_counts alter column is_delivery set not null`,
    `create table if not exists jr_orchestrator (
  single boolean primary key default true check (single),
  enabled boolean not null,
  changed_by text not null,
  changed_at timestamptz not null
)`,
    `create table if not exists jr_decisions (
  id text primary key,
  rule text not null,
  action text not null,
  priority integer not null,
  reason text not null,
  body jsonb not null,
  state text not null,
  decided_at timestamptz not null,
  settled_at timestamptz,
  result jsonb,
  error text,
  outcome text,
  measured_at timestamptz,
  node_id text not null,
  term bigint not null
)`,
    // What is listed, and what is too old.
    `create index if not exists jr_decisions_decided_at on jr_decisions (decided_at)`,
    `create index if not exists jr_decisions_rule on jr_decisions (rule, decided_at)`,
    // The few that somebody has to come back to, among all that are done with.
    `create index if not exists jr_decisions_open on jr_decisions (decided_at) where state = 'intended'`,
    `create index if not exists jr_decisions_unmeasured on jr_decisions (settled_at)
  where state = 'executed' and outcome is null`,
    // `action`: a \`TaskMark\`. No foreign key to the queue: other programs may delete tasks as they always did.
    `create table if not exists jr_task_actions (
  task_id bigint not null,
  action text not null,
  acted_at timestamptz not null,
  decision_id text not null,
  times integer not null default 1,
  primary key (task_id, action)
)`,
    `create index if not exists jr_task_actions_acted_at on jr_task_actions (acted_at)`,
    `create table if not exists jr_rule_rests (rule text primary key, until timestamptz not null)`,
    // That a trouble is over can be told only by who knows that it was told, and its leader may be dead by then.
    `create table if not exists jr_health_told (
  single boolean primary key default true check (single),
  status text not null,
  told_at timestamptz not null
)`,
    ...campaignStatements(before),
  ],
}
