import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { OperationalError } from '../errors.ts'
import { ownerOf } from './owner-of.ts'

/**
 * Whether the local state is there, for this account to read.
 * @throws OperationalError backup.not_ours, naming the account whose it is where that can be seen
 */
export async function isStateThere(statePath: string, stateDir: string): Promise<boolean> {
  try {
    await access(statePath, constants.R_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    if (code === 'EACCES') throw notOurs(stateDir, await ownerOf(stateDir), error)
    throw error
  }
  // Root may read it, and would leave files of its own in it.
  if ((await stat(stateDir)).uid !== process.geteuid?.()) throw notOurs(stateDir, await ownerOf(stateDir))
  return true
}

function notOurs(stateDir: string, owner: string | null, cause?: unknown): OperationalError {
  return new OperationalError(`The local state in ${stateDir} is not this account's`, {
    code: 'backup.not_ours',
    retryable: false,
    hint:
      owner === null
        ? 'Do it as the account that the daemon runs as.'
        : `It belongs to ${owner}: do it as that account, into a folder of its own (sudo -u ${owner} jrctl backup …).`,
    cause,
  })
}
