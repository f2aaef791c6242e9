import type { QueueStatistics } from '../../ports/database-upkeep.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import type { Queryable } from './connect.ts'

/** Ours and the shared two: those whose plans depend on what is in them. */
const tables = [
  'jr_work_queue',
  'jr_status',
  'jr_attempts',
  'jr_task_state',
  'jr_events',
  'jr_instances',
] as const

/**
 * ANALYZE reads a sample of some 30,000 rows a table, whatever its size, under a lock that neither reading nor writing waits
 * for; the connection's own limits on statements and locks hold. A table that belongs to somebody else is passed over by the
 * database with a warning: autovacuum sees to it anyway.
 */
export function createQueueStatistics(db: Queryable): QueueStatistics {
  return {
    async renew() {
      const renewed: string[] = []
      const skipped: { table: string; reason: string }[] = []
      for (const table of tables) {
        try {
          await db.query(`analyze ${table}`)
          renewed.push(table)
        } catch (error) {
          // A statement that took too long says nothing of the next table; a database that is away says it of all.
          if (error instanceof OperationalError && error.code === 'db.unreachable') throw error
          skipped.push({ table, reason: messageOf(error) })
        }
      }
      return { renewed, skipped }
    },
  }
}
