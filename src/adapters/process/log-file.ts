import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { lstat, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperationalError, messageOf } from '../../errors.ts'
import { makePrivateFolder } from '../../system/private-folder.ts'

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants

/**
 * Opens a worker's log to be handed to it: appended to, 0600, never through a symbolic link (whoever may write the folder
 * could otherwise make us write elsewhere). Throws OperationalError `process.log` with owner and remedy.
 */
export async function openLogFile(path: string): Promise<FileHandle> {
  try {
    return await openAppending(path).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error
      // As a rule its folder is there, and a start should not ask twice.
      makePrivateFolder(dirname(path))
      return openAppending(path)
    })
  } catch (cause) {
    throw new OperationalError(`cannot write the log ${path}: ${messageOf(cause)}${await ownerOf(path)}`, {
      code: 'process.log',
      retryable: true,
      hint: `make ${path} a plain file that uid ${process.getuid?.()} may write, or set another logs.dir`,
      cause,
    })
  }
}

/**
 * Never waiting: a pipe in its place would hold up the start, and a thread of the pool, until somebody reads from it. What is
 * only asked something has its words thrown away, on a device.
 */
async function openAppending(path: string): Promise<FileHandle> {
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  const stats = await file.stat()
  if (stats.isFile() || stats.isCharacterDevice()) return file
  await file.close()
  throw new Error('it is no plain file')
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function ownerOf(path: string): Promise<string> {
  for (const place of [path, dirname(path)]) {
    try {
      const { uid, mode } = await lstat(place)
      return ` (${place} belongs to uid ${uid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`
    } catch {
      // Not there: its folder may say more.
    }
  }
  return ''
}
