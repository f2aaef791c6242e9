import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { peekManifest } from '../adapters/backup/archive-reader.ts'
import { surplus } from '../domain/backup/names.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { OperationalError, UserError, messageOf } from '../errors.ts'

/** Where a backup goes. */
export type BackupTarget =
  | { kind: 'stdout' }
  /** `name` null: made of node and time. */
  | { kind: 'file'; folder: string; name: string | null }

/** @throws UserError for a place that a backup cannot go to */
export async function findTarget(
  written: string,
  { cwd, keep, stdoutIsTerminal }: { cwd: string; keep: number | null; stdoutIsTerminal: boolean },
): Promise<BackupTarget> {
  if (written === '-') return toStdout(keep, stdoutIsTerminal)
  if (written === '')
    throw new UserError('a backup needs a place to go to, and the one given is empty', {
      hint: 'Name a file, a folder, or - for stdout.',
    })
  const path = resolve(cwd, written)
  const stats = await statOf(path)
  const isFolder = stats?.isDirectory() === true
  if (!isFolder && stats !== null) await requireFile(path, { isFile: stats.isFile(), written, keep })
  if (stats === null && (await statOf(dirname(path)))?.isDirectory() !== true)
    throw new UserError(`There is no folder ${dirname(path)} to write the backup into`, {
      hint: `mkdir -p -m 700 ${shellWord(dirname(path))}`,
    })
  return isFolder || (stats === null && meansFolder(written, keep))
    ? { kind: 'file', folder: path, name: null }
    : { kind: 'file', folder: dirname(path), name: basename(path) }
}

/** What cron writes again and again under one name would be one backup, where so many of them were meant. */
function meansFolder(written: string, keep: number | null): boolean {
  return keep !== null || /\/\.?$/.test(written)
}

function toStdout(keep: number | null, isTerminal: boolean): BackupTarget {
  if (keep !== null)
    throw new UserError('--keep needs a folder, whose backups it counts', {
      hint: `jrctl backup FOLDER --keep ${keep}`,
    })
  if (!isTerminal) return { kind: 'stdout' }
  throw new UserError('a backup is not for a terminal', {
    hint: 'jrctl backup - > FILE, or jrctl backup FILE',
  })
}

async function requireFile(
  path: string,
  { isFile, written, keep }: { isFile: boolean; written: string; keep: number | null },
): Promise<void> {
  if (!meansFolder(written, keep)) return requireBackup(path, isFile)
  throw new UserError(`${path} is a file; ${keep === null ? 'the / after it' : '--keep'} means a folder`, {
    hint: `Name a folder, or leave ${keep === null ? 'the /' : '--keep'} out.`,
  })
}

/**
 * The folder of a target, made where it was not: one level of it, for a whole path that is not there is mostly a disk that is not.
 * Answers whether it was.
 */
export async function ensureFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw writingFailed(folder, error)
  }
}

/** An older backup is replaced; anything else was hardly meant. */
async function requireBackup(path: string, isFile: boolean): Promise<void> {
  if (!isFile)
    throw new UserError(`${path} is neither a file nor a folder: no backup can take its place`, {
      hint: 'Name a file, a folder, or - for stdout.',
    })
  if ((await peekManifest(path)) !== null) return
  throw new UserError(`${path} is there, and is not a backup: it is not overwritten`, {
    hint: 'Name another file, or remove this one.',
  })
}

/**
 * Removes the oldest backups of a node in a folder but for so many. Only what says in its name and in its manifest whose it is: a
 * file that cannot be read as a backup is left.
 */
export async function removeSurplus(folder: string, node: string, keep: number): Promise<string[]> {
  const removed: string[] = []
  for (const name of surplus(await readdir(folder), node, keep)) {
    const path = join(folder, name)
    const isFile = (await statOf(path))?.isFile() === true
    if (!isFile || (await peekManifest(path))?.node !== node) continue
    await rm(path)
    removed.push(path)
  }
  return removed
}

/** What went wrong while it was written, with the place named. */
export function writingFailed(where: string, error: unknown): unknown {
  const known = roomFailed(where, error)
  if (known !== error || !(error instanceof Error) || !('syscall' in error)) return known
  return new OperationalError(`the backup cannot be written to ${where}: ${messageOf(error)}`, {
    code: 'backup.unwritable',
    retryable: true,
    hint:
      where === 'stdout'
        ? 'Whoever was to read it has gone.'
        : 'Nothing was left behind. See to its owner and mode, or name another place.',
    cause: error,
  })
}

/** As the system, SQLite and PostgreSQL call a full disk. */
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'state.full', 'embedded.disk_full'])

/** A full disk, or somebody's ctrl+c, in words; anything else as it is. */
export function roomFailed(where: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'AbortError') return interrupted(error)
  const code = 'code' in error ? String(error.code) : ''
  if (!noRoom.has(code)) return error
  return new OperationalError(`there is no room left in ${where}`, {
    code: 'backup.disk_full',
    retryable: true,
    hint: 'Nothing was changed, and nothing is left behind. Free some space there, then try again.',
    cause: error,
  })
}

function interrupted(cause: unknown): OperationalError {
  return new OperationalError('interrupted: nothing was changed, and nothing is left behind', {
    code: 'backup.interrupted',
    retryable: true,
    cause,
  })
}

async function statOf(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
}
