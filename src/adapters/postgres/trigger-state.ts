import type { Queryable } from './connect.ts'
import { triggerStatements } from './migrations/0003-trigger.ts'

/** The triggers that our schema needs, as the migration names them. */
export const triggerNames: readonly string[] = triggerStatements().flatMap(
  (statement) => /^create trigger (\w+)/.exec(statement)?.[1] ?? [],
)

export interface TriggerState {
  missing: string[]
  /** There, but not fired by ordinary sessions. */
  disabled: string[]
}

/** One look into the catalog. tgenabled O fires for ordinary sessions, A always, R for replication alone, D never (manual, pg_trigger). */
export async function readTriggers(db: Queryable): Promise<TriggerState> {
  const rows = await db.query<{ name: string; enabled: string }>(
    `select tgname as name, tgenabled::text as enabled from pg_trigger
     where tgrelid = to_regclass('jr_work_queue') and not tgisinternal`,
  )
  const enabled = new Map(rows.map((row) => [row.name, row.enabled]))
  return {
    missing: triggerNames.filter((name) => !enabled.has(name)),
    disabled: triggerNames.filter((name) => ['D', 'R'].includes(enabled.get(name) ?? '')),
  }
}
