import { connect, type Database } from '../../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../../src/adapters/postgres/connection-target.ts'
import { Secret } from '../../../../src/config/policy.ts'
import { emptyDatabase, migratedDatabase } from '../../../support/postgres.ts'

export interface QueueDatabase {
  db: Database
  url: string
  dispose: () => Promise<void>
}

export function connectTo(url: string, poolSize = 4, applicationName = 'jrctl test'): Database {
  return connect(targetOfUrl(new Secret(url)), {
    poolSize,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 20_000,
    lockTimeoutMs: 10_000,
    applicationName,
  })
}

/** A database of one's own: with our schema, or with the SQL that is given and nothing of ours. */
export async function queueDatabase(legacySql?: string): Promise<QueueDatabase> {
  const database = await (legacySql === undefined ? migratedDatabase() : emptyDatabase())
  const db = connectTo(database.url)
  if (legacySql !== undefined && legacySql !== '') await db.query(legacySql)
  return {
    db,
    url: database.url,
    async dispose() {
      await db.close()
      await database.drop()
    },
  }
}
