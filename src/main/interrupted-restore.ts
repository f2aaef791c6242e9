import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exchangeNote, finishExchange } from '../adapters/backup/exchange.ts'
import type { Origin } from './origin.ts'

/** Where restored files wait until all of them are proven; within the state directory, so that a rename is enough. */
export const stagingName = 'restoring'

/**
 * Ends a restore that was killed: one that was decided is completed, of another all is removed. The caller owns the state directory.
 * @returns what there is to say of it
 */
export async function endInterruptedRestore(
  stateDir: string,
  origin: Pick<Origin, 'process' | 'clock'>,
): Promise<string | null> {
  if (existsSync(join(stateDir, exchangeNote))) {
    const ended = await finishExchange(stateDir)
    const aside = join(stateDir, ended?.aside ?? '')
    return `A restore that was interrupted is completed; what it replaced is in ${aside}`
  }
  if (!existsSync(join(stateDir, stagingName))) return null
  await (await import('./restore-staging.ts')).removeStaging(stateDir, origin)
  return 'A restore was interrupted before it had replaced anything; what it left is removed'
}
