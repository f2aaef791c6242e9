import { chmodSync, closeSync, constants, lstatSync, openSync, readdirSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { shellWord } from '../../domain/install/shell-word.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import { makePrivateFolder } from '../../system/private-folder.ts'

/** What shows that a directory has been a state directory before. */
const ourFiles = new Set(['daemon.lock', 'state.sqlite'])

/**
 * Makes `directory` (absolute, parents included) ours alone: mode 0700. One of somebody else is refused, since whoever
 * owns it could swap the files in it; so is one that others may enter and that holds other things, since closing it would
 * break those (`state_dir = "/tmp"`, as root). A link to such a directory will do where nobody else laid it: it is how a state is
 * moved to a larger disk. Throws OperationalError `state.forbidden`.
 */
export function ensurePrivateDirectory(directory: string): void {
  const stats = refusing(directory, () => {
    const link = lstatSync(directory, { throwIfNoEntry: false })
    if (link?.isSymbolicLink() === true) return throughLink(directory, link)
    makePrivateFolder(directory)
    return lstatSync(directory)
  })
  if (!stats.isDirectory()) throw forbidden(directory, 'is not a directory')
  requireOurs(directory, stats)
  if ((stats.mode & 0o7777) === 0o700) return
  const entries = refusing(directory, () => readdirSync(directory))
  if (entries.length > 0 && !entries.some((name) => ourFiles.has(name))) {
    const mode = (stats.mode & 0o7777).toString(8)
    throw forbidden(directory, `is open to others (mode ${mode}) and holds other things than jrctl's state`, {
      hint: `${ownDirectory}; if all in it is jrctl's: chmod 700 ${shellWord(directory)}`,
    })
  }
  refusing(directory, () => chmodSync(directory, 0o700))
}

/** Whoever laid the link can lead it elsewhere at any time. */
function throughLink(directory: string, link: Stats): Stats {
  if (link.uid !== 0) requireOurs(directory, link)
  const found = statSync(directory, { throwIfNoEntry: false })
  if (found === undefined) throw forbidden(directory, 'is a link to what is not there')
  return found
}

/**
 * Makes `path` a regular file of ours alone, mode 0600, empty when it is new. A link in its place is refused: it would
 * have us write to a file that somebody else chose. Throws OperationalError `state.forbidden`.
 *
 * An existing file is looked at, never opened: SQLite may have it open in this process, and closing any descriptor of a
 * file drops the process's fcntl locks on it. (Nobody can swap it in between: the directory is ours alone.)
 */
export function ensurePrivateFile(path: string): void {
  const stats = refusing(path, () => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined) createFile(path)
    return found ?? lstatSync(path)
  })
  if (!stats.isFile()) throw forbidden(path, 'is not a regular file')
  if (stats.nlink > 1) throw forbidden(path, 'has other names (hard links)')
  requireOurs(path, stats)
  if ((stats.mode & 0o777) !== 0o600) refusing(path, () => chmodSync(path, 0o600))
}

function createFile(path: string): void {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
  try {
    closeSync(openSync(path, flags, 0o600))
  } catch (error) {
    // Another process of ours was faster; what it made is looked at like any other.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function requireOurs(path: string, stats: Stats): void {
  const us = process.geteuid?.()
  if (stats.uid === us) return
  const theirs = `If a fleet runs as that account, run this as it (sudo -u '#${stats.uid}' jrctl …); else ${ownDirectory}`
  throw forbidden(path, `belongs to user ${stats.uid}, and we are user ${us}`, { hint: theirs })
}

function refusing<Result>(path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    if (error instanceof OperationalError) throw error
    throw forbidden(path, `cannot be used: ${messageOf(error)}`, { cause: error })
  }
}

const ownDirectory = 'name a directory for jrctl alone (state_dir in the configuration, or --state-dir)'

function forbidden(
  path: string,
  why: string,
  { hint = ownDirectory, cause }: { hint?: string; cause?: unknown } = {},
): OperationalError {
  return new OperationalError(`${path} ${why}`, {
    code: 'state.forbidden',
    retryable: false,
    hint,
    cause,
  })
}
