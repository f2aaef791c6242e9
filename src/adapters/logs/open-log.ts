import { constants, type Stats } from 'node:fs'
import { lstat, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperationalError, messageOf } from '../../errors.ts'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/**
 * Opens a log as what it must be, a plain file with one name: whoever may write the folder could have planted a link
 * there, through which we would free somebody else's file. Null when there is none. Throws OperationalError.
 */
export async function openLog(path: string, use: 'read' | 'cut'): Promise<FileHandle | null> {
  const mode = use === 'read' ? O_RDONLY : O_RDWR
  // Not blocked by a pipe that nobody writes to.
  const file = await open(path, mode | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) =>
    codeOf(error) === 'ENOENT' ? null : translate(path, error, use),
  )
  if (file === null) return null
  const stats = await file.stat()
  const problem = misfit(stats, use)
  if (problem === null) return file
  await file.close()
  throw notALog(path, problem)
}

/** Why this is no log to be cut, or null. */
export function misfit(stats: Stats, use: 'read' | 'cut'): string | null {
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (!stats.isFile()) return 'no plain file'
  return use === 'cut' && stats.nlink > 1 ? `a file with ${stats.nlink} names (hard links)` : null
}

export function notALog(path: string, what: string): OperationalError {
  return new OperationalError(`${path} is ${what}, which is no log of a worker`, {
    code: 'logs.not_a_log',
    retryable: true,
    hint: 'move it away and restart its worker, which makes a new file; nothing was done to it',
  })
}

/** Errors of the file system in our words, with owner and remedy. */
export async function translate(path: string, cause: unknown, use: 'read' | 'cut'): Promise<never> {
  const code = codeOf(cause)
  if (code === 'ELOOP') throw notALog(path, 'a symbolic link')
  if (code === 'ENOSPC' || code === 'EDQUOT') throw diskFull(path, messageOf(cause), cause)
  const did = use === 'read' ? 'read' : 'rotate'
  throw new OperationalError(`cannot ${did} the log ${path}: ${messageOf(cause)}${await ownerOf(path)}`, {
    code: use === 'read' ? 'logs.unreadable' : 'logs.unwritable',
    retryable: true,
    hint: `give uid ${process.getuid?.()} the right to ${use === 'read' ? 'read' : 'write'} it and its folder, or set another logs.dir`,
    cause,
  })
}

export function diskFull(path: string, why: string, cause?: unknown): OperationalError {
  return new OperationalError(`no room to rotate the log ${path}: ${why}`, {
    code: 'logs.disk_full',
    retryable: true,
    hint: 'free some space; nothing is lost, the log grows until then',
    cause,
  })
}

async function ownerOf(path: string): Promise<string> {
  for (const place of [path, dirname(path)]) {
    try {
      const { uid, mode } = await lstat(place)
      return ` (${place} belongs to uid ${uid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`
    } catch {
      // Not to be seen: its folder may say more.
    }
  }
  return ''
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
