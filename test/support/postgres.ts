import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { migrateForTests } from './migrate.ts'

export interface TestDatabase {
  /** postgresql://…, as a user that owns the database. */
  url: string
  /** Ends its sessions and removes it. Idempotent. */
  drop(): Promise<void>
}

/** A database of one's own, with nothing in it. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase(null)
}

/** A database of one's own with jrctl's schema: a copy of one that is migrated once a run. */
export async function migratedDatabase(): Promise<TestDatabase> {
  return createDatabase(await migratedTemplate())
}

async function createDatabase(template: string | null): Promise<TestDatabase> {
  const name = databaseName(randomBytes(6).toString('hex'))
  const from = template === null ? '' : ` TEMPLATE ${template}`
  await withServer((client) => client.query(`CREATE DATABASE ${name}${from}`))
  return {
    url: urlOf(name),
    drop: async () => {
      await withServer((client) => dropDatabase(client, name))
    },
  }
}

/**
 * The test files run in processes of their own: the first to come makes the template, the others wait at the advisory lock.
 * Half a template is never seen, since it gets its name when it is whole.
 */
async function migratedTemplate(): Promise<string> {
  const template = databaseName('template')
  const unfinished = databaseName('unfinished')
  await withServer(async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template])
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template])
    if (rowCount === 1) return
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${unfinished}`)
    await migrateForTests(urlOf(unfinished))
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`)
    // A visitor (autovacuum, a curious psql) would make copying fail.
    await client.query(`ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
  })
  return template
}

/** An autovacuum worker in it is the superuser's, whom nobody else may end: it is gone in a moment. */
async function dropDatabase(client: Client, name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      return
    } catch (error) {
      if (tries === 50 || !/permission denied to terminate/.test(String(error))) throw error
      await client.query('SELECT pg_sleep(0.1)')
    }
  }
}

async function withServer<T>(action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: inject('databaseUrl') })
  await client.connect()
  try {
    return await action(client)
  } finally {
    await client.end()
  }
}

function databaseName(suffix: string): string {
  return `jrctl_test_${inject('databaseRun')}_${suffix}`
}

function urlOf(database: string): string {
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/${database}`
  return url.href
}
