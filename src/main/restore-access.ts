import { stat } from 'node:fs/promises'
import { accountName } from '../adapters/checkup/libraries.ts'
import type { RestoreOrder } from '../cli/backup/service.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { OperationalError } from '../errors.ts'
import { recordOf } from './installed-record.ts'
import type { Origin } from './origin.ts'
import { ownerOf } from './owner-of.ts'

/**
 * What belongs to another account is for that one to bring back: what root leaves there the daemon could not open, and the embedded
 * database of root's lies elsewhere.
 * @throws OperationalError backup.not_ours
 */
export async function requireOurs(order: RestoreOrder, stateDir: string, origin: Origin): Promise<void> {
  const uid = origin.process.geteuid?.() ?? -1
  const found = await stat(stateDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    if (error.code === 'EACCES') throw notOurs(`${stateDir} is closed to this account`, closedHint)
    throw error
  })
  if (found?.uid === uid) return
  if (found !== null) {
    const owner = (await ownerOf(stateDir)) ?? `#${found.uid}`
    throw notOurs(`${stateDir} belongs to ${owner}`, `Restore it as that account: ${asAccount(owner)}`)
  }
  const runner = recordOf(origin)?.account ?? null
  if (runner === null || runner === accountName()) return
  throw notOurs(
    `${stateDir} is not there, and the fleet that is installed here runs as ${runner}`,
    `As root: install -d -m 700 -o ${shellWord(runner)} ${shellWord(stateDir)}   Then: ${asAccount(runner)}`,
  )

  function asAccount(account: string): string {
    return `${commandAs(account, order, origin)}   (which must be able to read that file)`
  }
}

const closedHint = 'Do it as the account that the daemon runs as.'

/** The same command, by another account. */
export function commandAs(
  account: string,
  { file, stateDir, dryRun, force, keepNode }: Omit<RestoreOrder, 'progress' | 'signal'>,
  { configPath }: Pick<Origin, 'configPath'>,
): string {
  const words = [
    'sudo',
    '-u',
    account,
    'jrctl',
    'restore',
    file,
    ...(configPath === undefined ? [] : ['--config', configPath]),
    ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
    ...(dryRun ? ['--dry-run'] : []),
    ...(force ? ['--force'] : []),
    ...(keepNode ? ['--keep-node'] : []),
  ]
  return words.map(shellWord).join(' ')
}

function notOurs(message: string, hint: string): OperationalError {
  return new OperationalError(message, { code: 'backup.not_ours', retryable: false, hint })
}
