import { chmod, lstat, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperationalError } from '../errors.ts'

/**
 * Makes the folder of the workers' socket, so that others may enter but not look around or change it. One that is there must be
 * ours and nobody else's to write: somebody could have made it to stand between workers and the daemon.
 * @throws OperationalError `api.worker_folder`
 */
export async function prepareWorkerFolder(socketPath: string, uid: number): Promise<void> {
  const folder = dirname(socketPath)
  try {
    const isNew = (await mkdir(folder, { recursive: true, mode: 0o711 })) !== undefined
    // What the umask took away.
    if (isNew) await chmod(folder, 0o711)
    const stats = await lstat(folder)
    if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0) return
  } catch (error) {
    throw refused(folder, error instanceof Error ? error.message : String(error), error)
  }
  throw refused(folder, 'it is not ours, or others may write there')
}

function refused(folder: string, why: string, cause?: unknown): OperationalError {
  return new OperationalError(`the folder ${folder} of the workers' socket cannot be used: ${why}`, {
    code: 'api.worker_folder',
    retryable: false,
    hint: 'Choose another place: [api] worker_socket = "…".',
    cause,
  })
}
