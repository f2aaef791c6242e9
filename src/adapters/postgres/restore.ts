import type { Queryable } from './connect.ts'
import { countsMigration, recountStatements } from './migrations/0005-counts.ts'
import { cycleMigration } from './migrations/0007-cycle.ts'
import { triggerStatements } from './migrations/0003-trigger.ts'
import { isDelivery, statusOf } from './queue-expressions.ts'
import { readTriggers, type TriggerState } from './trigger-state.ts'

/** What somebody took away since it was migrated, and the transaction that brings it back. */
export interface Restoration {
  /** Of what is restored; empty: nothing. */
  names: string[]
  statements: string[]
}

/**
 * The triggers that are missing or disabled. A schema of an older version gets them with its migrations.
 * @param version what jrctl migrated to so far
 */
export async function triggersToRestore(db: Queryable, version: number): Promise<TriggerState> {
  return version < countsMigration.version ? { missing: [], disabled: [] } : readTriggers(db)
}

/**
 * Triggers, and the counts by status, which nobody keeps while a trigger is off. What else was not recorded meanwhile
 * (versions, events) is gone: nobody knows it.
 */
export async function findRestoration(db: Queryable, version: number): Promise<Restoration> {
  const { missing, disabled } = await triggersToRestore(db, version)
  const names = [...missing, ...disabled]
  if (names.length > 0) {
    // The strongest lock at once: one that were to grow would wait for readers who wait for it.
    const lock = `lock table jr_work_queue in access exclusive mode`
    return {
      names: [...names, 'task counts'],
      statements: ['begin', lock, ...triggerStatements(), ...recount, 'commit'],
    }
  }
  // Before, they are counted differently, and anew by that migration.
  const drifted = version >= cycleMigration.version && (await countsDrifted(db))
  return drifted
    ? { names: ['task counts'], statements: ['begin', ...recount, 'commit'] }
    : { names: [], statements: [] }
}

/** Locked against writers, and against whoever folds the notes of counts together. */
const recount = [`lock table jr_work_queue, jr_task_counts in share row exclusive mode`, ...recountStatements]

/** Somebody changed tasks while a trigger was off, and put it on again. Counts the whole table, in one snapshot. */
export async function countsDrifted(db: Queryable): Promise<boolean> {
  const rows = await db.query(
    `select from (
       select ${statusOf('q')} as status, ${isDelivery('q')} as is_delivery, count(*) as tasks from jr_work_queue q group by 1, 2
     ) there full join (
       select status, is_delivery, sum(tasks) as tasks from jr_task_counts group by 1, 2
     ) kept using (status, is_delivery)
     where coalesce(there.tasks, 0) <> coalesce(kept.tasks, 0) limit 1`,
  )
  return rows.length > 0
}
