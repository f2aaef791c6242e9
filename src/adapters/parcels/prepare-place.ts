import { lstat, mkdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { meansMoreToShell, moreToShell } from '../../domain/shell-path.ts'
import { makePrivateFolder } from '../../system/private-folder.ts'
import { isNoexec } from './mounts.ts'
import type { UnpackPlace } from './places.ts'

/**
 * Makes the folder for parcels in a place, ours alone. Answers its real path, or why it will not do: the place is then left as it was.
 * @param runs What is to be unpacked is to be run.
 */
export async function preparePlace(
  { path, kind }: UnpackPlace,
  runs: boolean,
): Promise<{ folder: string } | { refusal: string }> {
  try {
    if (runs && meansMoreToShell(path)) return { refusal: `${JSON.stringify(path)} ${moreToShell}` }
    const standing = await nearest(path)
    if (kind === 'own' && standing.uid !== us())
      return { refusal: `${standing.path} belongs to uid ${standing.uid}` }
    if (runs && (await isNoexec(await realpath(standing.path))))
      return { refusal: `${standing.path} is mounted noexec: no program may run from there` }
    makePrivateFolder(path)
    const refusal = await whyNotOurs(path)
    if (refusal !== null) return { refusal }
    const folder = join(await realpath(path), 'parcels')
    await mkdir(folder, { mode: 0o700 }).catch(unlessThere)
    const inner = await whyNotOurs(folder)
    return inner === null ? { folder } : { refusal: inner }
  } catch (error) {
    return { refusal: wordsFor(error) }
  }
}

/** The folder itself, or the nearest above that is there: `sudo` with somebody else's HOME must leave nothing of root's in it. */
export async function nearest(path: string): Promise<{ path: string; uid: number }> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && path !== dirname(path)) return null
    throw error
  })
  return found === null ? nearest(dirname(path)) : { path, uid: found.uid }
}

/** Through a link, or where others may write, somebody else would choose what we run. */
async function whyNotOurs(path: string): Promise<string | null> {
  const found = await lstat(path)
  if (!found.isDirectory()) return `${path} is no folder`
  if (found.uid !== us()) return `${path} belongs to uid ${found.uid}`
  return (found.mode & 0o022) === 0 ? null : `${path} may be written by others`
}

/** Not `recursive`, which has ENOENT for a read-only file system. */
function unlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
}

function us(): number {
  return process.geteuid?.() ?? -1
}

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'no room is left there',
  EDQUOT: 'the quota is used up there',
  EROFS: 'it is read-only',
  EACCES: 'we may not write there',
  EPERM: 'we may not write there',
}

/** What went wrong in a place, in words. */
export function wordsFor(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException
  const plain = words[code ?? '']
  if (plain === undefined) return message
  return path === undefined ? plain : `${path}: ${plain}`
}
