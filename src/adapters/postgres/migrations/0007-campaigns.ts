import { completeTable } from '../complete-table.ts'
import type { ShapesBefore } from './migration.ts'

/** Campaigns, which other programs may keep already, and the channels that strict windows close. */
export function campaignStatements(before: ShapesBefore): string[] {
  return [
    ...completeTable('jr_campaigns', before.jr_campaigns),
    // Written ahead by the leader, and true by the database's clock: a leader that is gone neither opens nor closes a window.
    `create table if not exists jr_channels (
  channel text collate "C" primary key,
  closed_from timestamptz not null,
  closed_until timestamptz not null
)`,
  ]
}
