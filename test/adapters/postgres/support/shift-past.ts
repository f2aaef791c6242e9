import type { Database } from '../../../../src/adapters/postgres/connect.ts'

const times: Record<string, readonly string[]> = {
  jr_work_queue: ['created_at', 'started_at', 'completed_at', 'scheduled_at', 'urgent_at'],
  jr_attempts: ['started_at', 'lease_expires_at', 'renewed_at', 'ended_at'],
  jr_task_state: ['status_changed_at', 'progress_at', 'ready_at'],
  jr_instances: ['started_at', 'last_seen'],
  jr_status: ['last_seen'],
  jr_events: ['at'],
  jr_failures: ['at'],
  jr_nodes: ['started_at', 'last_seen', 'ended_at'],
  jr_leader: ['expires_at', 'since'],
  jr_decisions: ['decided_at', 'settled_at', 'measured_at'],
  jr_task_actions: ['acted_at'],
  jr_rule_rests: ['until'],
}

/** The database's clock cannot be turned forward; so its rows are moved back, unseen by the trigger. */
export async function shiftPast(db: Database, ms: number): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`alter table jr_work_queue disable trigger user`)
    for (const [table, columns] of Object.entries(times)) {
      const shifts = columns.map((column) => `${column} = ${column} - $1::float8 * interval '1 millisecond'`)
      await tx.query(`update ${table} set ${shifts.join(', ')}`, [ms])
    }
    await tx.query(`alter table jr_work_queue enable trigger user`)
  })
}
