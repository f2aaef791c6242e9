import { systemClock } from '../adapters/clock.ts'
import { migrate, planMigration } from '../adapters/postgres/migrate.ts'
import { openLogger } from '../adapters/logger.ts'
import { systemRandom } from '../adapters/random.ts'
import type { Migration } from '../cli/local-services.ts'
import { loadPolicy } from '../config/load.ts'
import { openQueue } from './open-queue.ts'
import { placeOf } from './place.ts'

/** `jrctl migrate`: brings the queue's schema up to this version, or says what that would run. */
export async function runMigrate(
  options: { planOnly: boolean; configPath: string | undefined; note(text: string): void },
  process: NodeJS.Process,
): Promise<Migration> {
  const { policy } = await loadPolicy({ ...placeOf(process), path: options.configPath })
  const { logger } = await openLogger({ level: 'warn', dir: null, console: true })
  const found = await openQueue({
    policy,
    env: process.env,
    onTerminal: process.stderr.isTTY,
    applicationName: 'jrctl migrate',
    startEmbedded: true,
    clock: systemClock(),
    random: systemRandom(),
    logger,
    note: (text) => options.note(text),
  })
  try {
    const sql = await planMigration(found.database)
    const { applied } = options.planOnly ? { applied: [] } : await migrate(found.database)
    return { target: found.target.describe(), applied, sql }
  } finally {
    await found.close()
    // An embedded database that only we started is not left running behind a command that has ended.
    if (!found.adopted) await found.stopServer()
  }
}
