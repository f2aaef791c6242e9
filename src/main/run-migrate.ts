import type { Database } from '../adapters/postgres/connect.ts'
import { migrate, planMigration } from '../adapters/postgres/migrate.ts'
import { systemRandom } from '../adapters/random.ts'
import type { Migration } from '../cli/local-services.ts'
import { OperationalError } from '../errors.ts'
import { diesAtVariable } from './dies-at.ts'
import { openQueue, type OpenedQueue, type OpenQueueOptions } from './open-queue.ts'
import { note, type Origin, noQueueMadeUp } from './origin.ts'
import { loadConfig } from './read-config.ts'
import { requireOneFleet } from './require-one-fleet.ts'
import { silentLogger } from './silent-logger.ts'

/** Brings the queue's schema up to date, or tells what that would take. An embedded server is started for it if need be. */
export async function runMigrate({ planOnly }: { planOnly: boolean }, origin: Origin): Promise<Migration> {
  requireOneFleet(origin)
  const { policy } = await loadConfig(origin)
  const opened = await openUnlessAbsent({
    policy,
    env: origin.process.env,
    onTerminal: origin.process.stderr.isTTY,
    refusal: noQueueMadeUp(origin),
    applicationName: 'jrctl migrate',
    startEmbedded: true,
    // Who asks what would be done wants nothing done.
    makeEmbedded: !planOnly,
    clock: origin.clock,
    random: systemRandom(),
    logger: silentLogger(),
    note: (text) => note(origin, text),
  })
  if (opened === null) return madeAtOnce
  try {
    const target = opened.target.describe()
    const sql = await planMigration(opened.database)
    const { applied } = planOnly ? { applied: [] } : await migrate(await mortal(opened.database, origin))
    return { target, applied, sql }
  } finally {
    await opened.close()
    // One that only this command started is not left running behind it.
    if (!opened.adopted) await opened.stopServer()
  }
}

/** Null: an embedded database is still to be made, and nobody wants that now. */
function openUnlessAbsent(options: OpenQueueOptions): Promise<OpenedQueue | null> {
  return openQueue(options).catch((error: unknown) => {
    if (error instanceof OperationalError && error.code === 'db.absent') return null
    throw error
  })
}

const madeAtOnce: Migration = {
  target: 'an embedded PostgreSQL that is not there yet',
  applied: [],
  sql: '-- There is no database yet: jrctl migrate, or the daemon, makes one with all that the queue needs.',
}

async function mortal(database: Database, { process, clock }: Origin): Promise<Database> {
  if (process.env[diesAtVariable] === undefined) return database
  const { mortalMigration } = await import('./death-points.ts')
  return mortalMigration(database, process.env, clock)
}
