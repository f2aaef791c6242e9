import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

export type TrustedFile =
  | { kind: 'read'; text: string }
  | { kind: 'absent' }
  /** This account may not read it. */
  | { kind: 'closed' }
  | Mistrusted

interface Mistrusted {
  kind: 'mistrusted'
  /** - `owner`: it is somebody else's. - `open`: others may write it. - `form`: it is no plain small file. */
  fault: 'owner' | 'open' | 'form'
  /** After "it" in a sentence. */
  why: string
  /** Whose it is, or the folder. */
  owner: number
  /** What is not as it should be: the file itself, or its folder. */
  at: string
}

const writableByOthers = 0o022
/** What we obey is short. */
const bytesMax = 1024 * 1024
/** As Linux has it (path_resolution(7)). */
const linksMax = 40

/**
 * Reads what a command obeys without having been told of it: a file that root or who runs us wrote, in such a folder, which nobody
 * else may write. A link is not followed, and whatever else lies there is not waited for.
 */
export function readTrusted(path: string, uid: number): TrustedFile {
  let file: number | undefined
  try {
    const untrusted = whyFolderMistrusted(path, uid)
    if (untrusted !== null) return untrusted
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(file)
    if (!stats.isFile() || stats.size > bytesMax)
      return { kind: 'mistrusted', fault: 'form', why: 'is no small file', owner: stats.uid, at: path }
    return whyMistrusted(path, stats, uid) ?? { kind: 'read', text: readFileSync(file, 'utf8') }
  } catch (error) {
    return outcomeOf(error, path, uid)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** The same of what units are told by links to it: whoever may write the folder of a link says what it is. */
export function readTrustedThroughLinks(path: string, uid: number): TrustedFile {
  let at = path
  for (let links = 0; links < linksMax; links += 1) {
    const target = targetOf(at)
    if (target === null) return readTrusted(at, uid)
    const untrusted = whyFolderMistrusted(at, uid)
    if (untrusted !== null) return untrusted
    at = target
  }
  return readTrusted(path, uid)
}

/** Null: it is no link, or this account may not see it. */
function targetOf(path: string): string | null {
  try {
    return resolve(dirname(path), readlinkSync(path))
  } catch {
    return null
  }
}

/** Throws as stat(2). */
function whyFolderMistrusted(path: string, uid: number): Mistrusted | null {
  const folder = dirname(path)
  const found = whyMistrusted(folder, statSync(folder), uid)
  return found && { ...found, why: `lies in a folder that ${found.why}` }
}

function whyMistrusted(
  at: string,
  { uid: owner, mode }: { uid: number; mode: number },
  uid: number,
): Mistrusted | null {
  if (owner !== 0 && owner !== uid)
    return { kind: 'mistrusted', fault: 'owner', why: `belongs to uid ${owner}`, owner, at }
  if ((mode & writableByOthers) !== 0)
    return { kind: 'mistrusted', fault: 'open', why: 'may be written by others', owner, at }
  return null
}

function outcomeOf(error: unknown, at: string, uid: number): TrustedFile {
  const { code = '' } = error as NodeJS.ErrnoException
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return { kind: 'absent' }
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'closed' }
  const why = code === 'ELOOP' ? 'is a link' : `cannot be read (${code})`
  return { kind: 'mistrusted', fault: 'form', why, owner: uid, at }
}
