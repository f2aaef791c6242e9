import type { TriggerFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

const triggers = ['jr_after_insert', 'jr_after_update', 'jr_after_delete']

/** tgenabled O fires for ordinary sessions, A always, R for replication alone, D never (manual, pg_trigger). */
export async function examineTrigger(db: Queryable): Promise<TriggerFacts> {
  const rows = await db.query<{ name: string; enabled: string }>(
    `select tgname as name, tgenabled::text as enabled from pg_trigger
     where tgrelid = to_regclass('jr_work_queue') and not tgisinternal`,
  )
  const [role] = await db.query<{ role: string }>(
    `select current_setting('session_replication_role') as role`,
  )
  const enabled = new Map(rows.map((row) => [row.name, row.enabled]))
  return {
    missing: triggers.filter((name) => !enabled.has(name)),
    disabled: triggers.filter((name) => ['D', 'R'].includes(enabled.get(name) ?? '')),
    replicationRole: role?.role ?? 'origin',
  }
}
