import { connect, type Database } from '../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../src/adapters/postgres/connection-target.ts'
import { Secret } from '../../src/config/policy.ts'

/** By a variable, since the module may not stand yet. */
const module = new URL('../../src/adapters/postgres/migrate.ts', import.meta.url).href

/** Brings a test database to jrctl's schema. */
export async function migrateForTests(url: string): Promise<void> {
  const { migrate } = (await import(module)) as {
    migrate: (db: Database, options: { plan: false }) => Promise<unknown>
  }
  const db = connect(targetOfUrl(new Secret(url)), {
    poolSize: 2,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 10_000,
    applicationName: 'jrctl test template',
  })
  try {
    await migrate(db, { plan: false })
  } finally {
    await db.close()
  }
}
