import { lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperationalError } from '../errors.ts'

/**
 * Makes the folder of a socket when it is missing, for us alone. One that is there in /tmp must be ours alone already:
 * anybody may have made it, to stand between the daemon and its commands.
 * @throws OperationalError `api.folder`
 */
export function prepareSocketFolder(socketPath: string, uid: number): void {
  const folder = dirname(socketPath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!folder.startsWith('/tmp/')) return
  const stats = lstatSync(folder)
  if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0) return
  throw new OperationalError(`the folder ${folder} of the API's socket is not ours alone`, {
    code: 'api.folder',
    retryable: false,
    hint: `Remove it (rm -r ${folder}), or choose another place: [api] socket = "…".`,
  })
}
