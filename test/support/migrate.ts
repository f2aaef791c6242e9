import { connect } from '../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../src/adapters/postgres/connection-target.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { Secret } from '../../src/config/policy.ts'

/** Brings a test database to jrctl's schema. */
export async function migrateForTests(url: string): Promise<void> {
  const db = connect(targetOfUrl(new Secret(url)), {
    poolSize: 2,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 10_000,
    applicationName: 'jrctl test template',
  })
  try {
    await migrate(db)
  } finally {
    await db.close()
  }
}
