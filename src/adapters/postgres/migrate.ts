import { OperationalError } from '../../errors.ts'
import type { Database, DedicatedConnection, Queryable } from './connect.ts'
import { migrations } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'
import { findRestoration } from './restore.ts'
import {
  appliedVersion,
  explainState,
  indexesToBuild,
  problemsOf,
  readShapes,
  type IndexToBuild,
} from './schema-state.ts'

export interface MigrationReport {
  /** Names of what was done, in order; empty: the schema was current. */
  applied: string[]
  version: number
}

/** An index on a large table takes its time; nothing else of ours may take longer than this. */
const statementTimeoutMs = 60 * 60_000
/** ALTER TABLE waits so long for a lock before it lets the others pass, then tries again. */
const lockTimeout = '5s'
const lockAttempts = 6
/** Another node's migration is waited for in steps of the server's own sleep. */
const turnStepSeconds = 0.2
const turnStepsMax = 600

/** Any number that no other program's advisory lock is likely to use: the bytes of "jrctl". */
const migrationLock = 0x6a_72_63_74_6c

/**
 * Creates what is missing (also of triggers and indexes that somebody took away or switched off), or upgrades a legacy schema
 * in place; rows and foreign columns are kept. Safe to run again and from two nodes at once.
 * @throws OperationalError db.schema when a table of that name cannot be upgraded, db.pooler when there is no session to be
 * had for its lock; nothing is changed then
 */
export async function migrate(db: Database): Promise<MigrationReport> {
  const connection = await db.dedicated({ queryTimeoutMs: statementTimeoutMs, statementTimeoutMs })
  try {
    if (!connection.ownSession) throw needsSession(db.target.describe())
    await connection.query(`select set_config('lock_timeout', $1, false)`, [lockTimeout])
    await takeTurn(connection)
    return await applyAll(connection)
  } finally {
    // Ending the session gives the advisory lock back.
    await connection.end()
  }
}

/** The SQL that `migrate` would run now; empty when the schema is current. Changes nothing. */
export async function planMigration(db: Queryable): Promise<string> {
  const before = await readShapes(db)
  refuseForeign(problemsOf(before))
  const version = await appliedVersion(db)
  const steps = migrations
    .filter((migration) => migration.version > version)
    .flatMap((migration) =>
      [`-- ${migration.version} ${migration.name}`].concat(inTransaction(migration, before)),
    )
  const restoration = await findRestoration(db, version)
  if (restoration.names.length > 0)
    steps.push(`-- restore ${restoration.names.join(', ')}`, ...restoration.statements)
  const builds = (await indexesToBuild(db, before)).flatMap(buildStatements)
  return [...steps, ...builds].map((line) => (line.startsWith('--') ? line : `${line};`)).join('\n')
}

async function applyAll(connection: DedicatedConnection): Promise<MigrationReport> {
  refuseForeign(problemsOf(await readShapes(connection)))
  const version = await appliedVersion(connection)
  const applied: string[] = []
  for (const migration of migrations.filter((each) => each.version > version)) {
    await applyStep(connection, migration)
    applied.push(migration.name)
  }
  const restoration = await findRestoration(connection, version)
  await runTransaction(connection, restoration.statements)
  applied.push(...restoration.names)
  for (const index of await indexesToBuild(connection, await readShapes(connection))) {
    await buildIndex(connection, index)
    applied.push(index.name)
  }
  return { applied, version: await appliedVersion(connection) }
}

/** One migration is one transaction. */
async function applyStep(connection: DedicatedConnection, migration: Migration): Promise<void> {
  await runTransaction(connection, inTransaction(migration, await readShapes(connection)))
}

/** A lock that cannot be had in time is tried for again. */
async function runTransaction(connection: DedicatedConnection, statements: readonly string[]): Promise<void> {
  await withLockRetries(async () => {
    try {
      for (const statement of statements) await connection.query(statement)
    } catch (error) {
      await connection.query('rollback').catch(() => undefined)
      throw error
    }
  })
}

function inTransaction(migration: Migration, before: Parameters<Migration['statements']>[0]): string[] {
  return [
    'begin',
    `create table if not exists jr_migrations (version integer primary key, name text not null, applied_at timestamptz not null default now())`,
    ...migration.statements(before),
    `insert into jr_migrations (version, name) values (${migration.version}, '${migration.name}') on conflict do nothing`,
    'commit',
  ]
}

/** A try that failed left an invalid index behind, which goes before the next. */
async function buildIndex(connection: DedicatedConnection, index: IndexToBuild): Promise<void> {
  await withLockRetries(async (attempt) => {
    const invalid = index.invalid || attempt > 1
    try {
      for (const statement of buildStatements({ ...index, invalid })) await connection.query(statement)
    } catch (error) {
      throw index.unique ? explainDoubles(index, error) : error
    }
  })
}

function explainDoubles(index: IndexToBuild, error: unknown): unknown {
  if (!(error instanceof OperationalError) || error.code !== 'db.failed') return error
  return new OperationalError(`cannot build ${index.name} (unique, ${index.sql}): ${error.message}`, {
    code: 'db.schema',
    retryable: false,
    hint: 'Remove the rows that are there twice, then: jrctl migrate',
    cause: error,
  })
}

/** A build that failed half-way leaves an invalid index behind, which IF NOT EXISTS would take for a good one. */
function buildStatements({ name, sql, unique, invalid }: IndexToBuild): string[] {
  return [
    ...(invalid ? [`drop index concurrently if exists ${name}`] : []),
    `create ${unique ? 'unique ' : ''}index concurrently if not exists ${name} ${sql}`,
  ]
}

async function withLockRetries(work: (attempt: number) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work(attempt)
      return
    } catch (error) {
      const waited = error instanceof OperationalError && ['db.timeout', 'db.conflict'].includes(error.code)
      if (!waited || attempt >= lockAttempts) throw error
    }
  }
}

/**
 * One migration at a time. Tried for and slept on rather than waited for: a session that waits inside a statement keeps a
 * snapshot, which CREATE INDEX CONCURRENTLY of the other session would wait for in turn.
 */
async function takeTurn(connection: DedicatedConnection): Promise<void> {
  for (let step = 0; step < turnStepsMax; step += 1) {
    const [row] = await connection.query<{ mine: boolean }>(`select pg_try_advisory_lock($1) as mine`, [
      migrationLock,
    ])
    if (row?.mine === true) return
    await connection.query(`select pg_sleep($1)`, [turnStepSeconds])
  }
  throw new OperationalError('another session has been migrating this database for two minutes', {
    code: 'db.timeout',
    retryable: true,
    hint: 'See pg_stat_activity for application_name jrctl; then run: jrctl migrate',
  })
}

function refuseForeign(problems: string[]): void {
  if (problems.length === 0) return
  throw new OperationalError(explainState({ kind: 'foreign', problems }), {
    code: 'db.schema',
    retryable: false,
    hint: 'Nothing was changed. Resolve what is named above, or use another database.',
  })
}

function needsSession(where: string): OperationalError {
  return new OperationalError(
    `a migration needs a session of its own, and ${where} is reached through a pooler`,
    {
      code: 'db.pooler',
      retryable: false,
      hint: 'Name a direct connection: [queue] listen_url, or JRCTL_QUEUE_LISTEN_URL for this once.',
    },
  )
}
