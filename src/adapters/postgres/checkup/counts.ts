import type { CountFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'
import { countsDrifted } from '../restore.ts'

/** Where a table or its column is missing there is nothing to compare: the schema's own check says so. */
export async function examineCounts(db: Queryable): Promise<CountFacts> {
  const [tables] = await db.query<{ there: boolean }>(
    `select to_regclass('jr_work_queue') is not null and exists (select from pg_attribute
       where attrelid = to_regclass('jr_task_counts') and attname = 'is_delivery') as there`,
  )
  return { drifted: tables?.there === true && (await countsDrifted(db)) }
}
