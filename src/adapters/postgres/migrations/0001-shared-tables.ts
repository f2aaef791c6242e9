import { completeTable } from '../complete-table.ts'
import type { Migration } from './migration.ts'

/** The two tables that other programs know: created, or completed with what is missing; rows and columns are kept. */
export const sharedTablesMigration: Migration = {
  version: 1,
  name: 'shared-tables',
  statements: (before) =>
    (['jr_work_queue', 'jr_status'] as const).flatMap((table) => completeTable(table, before[table])),
}
