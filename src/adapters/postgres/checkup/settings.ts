import type { SettingFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

export async function examineSettings(db: Queryable): Promise<SettingFacts> {
  const rows = await db.query<{ name: string; value: string }>(
    `select name, setting as value from pg_settings
     where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum')`,
  )
  const values = new Map(rows.map((row) => [row.name, row.value]))
  const isOn = (name: string): boolean => values.get(name) !== 'off'
  return {
    fsync: isOn('fsync'),
    fullPageWrites: isOn('full_page_writes'),
    synchronousCommit: values.get('synchronous_commit') ?? 'on',
    autovacuum: isOn('autovacuum'),
  }
}
