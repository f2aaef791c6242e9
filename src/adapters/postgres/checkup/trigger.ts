import type { TriggerFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'
import { readTriggers } from '../trigger-state.ts'

export async function examineTrigger(db: Queryable): Promise<TriggerFacts> {
  const [role] = await db.query<{ role: string }>(
    `select current_setting('session_replication_role') as role`,
  )
  return { ...(await readTriggers(db)), replicationRole: role?.role ?? 'origin' }
}
