import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

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

/**
 * Reads what a command obeys without having been told of it: a file that root or who runs us wrote, in such a folder, which nobody
 * else may write. A link is not followed, and whatever else lies there is not waited for.
 */
export function readTrusted(path: string, uid: number): TrustedFile {
  let file: number | undefined
  try {
    const folder = dirname(path)
    const ofFolder = whyMistrusted(folder, statSync(folder), uid)
    if (ofFolder !== null) return { ...ofFolder, why: `lies in a folder that ${ofFolder.why}` }
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
