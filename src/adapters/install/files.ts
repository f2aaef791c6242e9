import { constants } from 'node:fs'
import { chmod, link, lstat, mkdir, open, readlink, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Found } from '../../domain/install/found.ts'
import { fileFailure } from './failure.ts'
import { runProgram, whyFailed } from './run-program.ts'
import { syncFolder } from '../../system/sync-folder.ts'

/** What we write has a few kilobytes; what is larger is something else. */
const bytesMax = 1024 * 1024
/** Names that are tried for what is set aside. */
const asidesMax = 100

/**
 * What lies at a path; a link is not followed. @throws OperationalError `install.files` when that cannot be told.
 */
export async function lookAt(path: string): Promise<Found> {
  try {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return { kind: 'link', target: await readlink(path) }
    if (stats.isDirectory()) return { kind: 'other', what: 'a folder' }
    if (!stats.isFile()) return { kind: 'other', what: 'no plain file' }
    if (stats.size > bytesMax) return { kind: 'other', what: `a file of ${stats.size} bytes` }
    return { kind: 'file', text: await readPlain(path), mode: stats.mode }
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return { kind: 'absent' }
    throw fileFailure('read', path, error)
  }
}

async function readPlain(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

export interface FileOrder {
  path: string
  text: string
  mode: number
  /** What is there is set aside under another name first. */
  keepOld: boolean
}

/**
 * Puts a file in its place at once: whoever reads it finds the old one or the new one, also after a power failure. A link that lies
 * there is replaced and not followed. Answers where the old one is, when it was kept.
 * @throws OperationalError `install.files`
 */
export async function placeFile({ path, text, mode, keepOld }: FileOrder): Promise<string | null> {
  // Of this very name, so that the next run takes away what one that was cut off has left; nothing of systemd ends so.
  const draft = `${path}.jrctl-new`
  try {
    await unlink(draft).catch(unlessMissing)
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
    const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      await file.writeFile(text)
      await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    const aside = keepOld ? await setAside(path) : null
    await rename(draft, path)
    await syncFolder(dirname(path))
    return aside
  } catch (error) {
    await unlink(draft).catch(() => {})
    throw fileFailure('write', path, error)
  }
}

/** Gives what lies at a path a second name that is free: `PATH.bak`, `PATH.bak2`, … */
async function setAside(path: string): Promise<string> {
  for (let number = 1; number <= asidesMax; number += 1) {
    const aside = `${path}.bak${number === 1 ? '' : number}`
    try {
      await link(path, aside)
      return aside
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
  }
  throw new Error(`${path}.bak and ${asidesMax - 1} more are there already`)
}

/** Takes a file away; one that is gone already is no mistake. Answers where it is when it was kept. */
export async function removeFile(path: string, keepOld: boolean): Promise<string | null> {
  try {
    const aside = keepOld ? await setAside(path) : null
    await unlink(path)
    return aside
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw fileFailure('remove', path, error)
  }
}

/** Takes a folder away unless something is left in it. */
export async function removeEmptyFolder(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].some((code) => isCode(error, code)))
      throw fileFailure('remove', path, error)
  })
}

/** Makes one folder, whatever the umask is. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path)
    await chmod(path, mode)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw fileFailure('make the folder', path, error)
  }
}

/**
 * Makes a folder for an account alone, and those above it for all to pass; one that is there stays as it is. Its owner is set on the very
 * folder that was made: by its path another one could be meant by then.
 */
export async function makeOwnedFolder(
  path: string,
  owner: { uid: number; gids: readonly number[] },
): Promise<void> {
  if ((await lookAt(path)).kind !== 'absent') return
  const parent = dirname(path)
  if ((await lookAt(parent)).kind === 'absent') await makePassage(parent)
  await makeFolder(path, 0o700)
  if (process.geteuid?.() !== 0) return
  try {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      await folder.chown(owner.uid, owner.gids[0] ?? owner.uid)
    } finally {
      await folder.close()
    }
  } catch (error) {
    throw fileFailure('give away the folder', path, error)
  }
}

async function makePassage(path: string): Promise<void> {
  const parent = dirname(path)
  if (parent !== path && (await lookAt(parent)).kind === 'absent') await makePassage(parent)
  await makeFolder(path, 0o755)
}

/** How long deleting may take: a large database is many files. */
const removeMs = 300_000

/**
 * Deletes a folder with all that is in it. By `rm`, which goes from open folder to open folder: what an account does meanwhile to its
 * own folders leads root nowhere else, as it could by paths. @throws OperationalError `install.files`
 */
export async function removeTree(path: string): Promise<void> {
  const answer = await runProgram({
    program: 'rm',
    args: ['-rf', '--one-file-system', '--', path],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    timeoutMs: removeMs,
  })
  if (answer.kind !== 'ended' || answer.code !== 0)
    throw fileFailure('remove', path, new Error(whyFailed(answer, 'rm')))
}

function unlessMissing(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
