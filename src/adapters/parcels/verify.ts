import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { inTurns } from './in-turns.ts'
import type { ParcelFile, ParcelList } from './parcel.ts'

/**
 * What is wrong with an unpacked parcel: the first file that is missing, not ours, open to others or of other contents; null:
 * it is as it was packed. What is to be run is read whole each time, for a disk forgets; of what is only read, the size will do.
 *
 * @param owner Whose it is to be: ours, whoever means to use it.
 */
export async function damageOf(
  folder: string,
  { files, runs }: ParcelList,
  owner: number | undefined = process.geteuid?.(),
): Promise<string | null> {
  const folders = new Set(files.flatMap(({ path }) => ancestorsOf(path)))
  let damage: string | null = null
  const note = (found: string | null): boolean => {
    damage ??= found
    return damage === null
  }
  await inTurns([...folders], async (path) => note(await damageOfFolder(join(folder, path), owner)))
  await inTurns(files, async (file) =>
    note(await damageOfFile(join(folder, file.path), file, { runs, owner })),
  )
  return damage
}

type Owner = number | undefined

/** `a/b/c` lies in ``, `a` and `a/b`. */
function ancestorsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [''] : [...ancestorsOf(parent), parent]
}

async function damageOfFolder(path: string, owner: Owner): Promise<string | null> {
  const found = await lstat(path).catch(() => null)
  if (found === null) return `${path} is missing`
  if (!found.isDirectory()) return `${path} is no folder`
  return strangers(path, found, owner)
}

async function damageOfFile(
  path: string,
  file: ParcelFile,
  { runs, owner }: { runs: boolean; owner: Owner },
): Promise<string | null> {
  try {
    const found = await lstat(path)
    return damageSeen(path, file, found, owner) ?? (runs ? await damageRead(path, file) : null)
  } catch (error) {
    return messageOf(error)
  }
}

function damageSeen(path: string, file: ParcelFile, found: Stats, owner: Owner): string | null {
  if (!found.isFile()) return `${path} is no plain file`
  if (found.size !== file.bytes) return `${path} has ${found.size} bytes instead of ${file.bytes}`
  if (file.executable && (found.mode & 0o100) === 0) return `${path} is not executable`
  return strangers(path, found, owner)
}

/** Files of 27 MB as a whole would leave their marks in a daemon's memory. */
const chunkBytes = 256 * 1024

/** Nobody can swap the file between the look and this: its folders are ours alone. */
async function damageRead(path: string, file: ParcelFile): Promise<string | null> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, file.bytes))
  const handle = await open(path)
  try {
    for (let read = 0; read < file.bytes;) {
      const { bytesRead } = await handle.read(buffer)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
      read += bytesRead
    }
  } finally {
    await handle.close()
  }
  return hash.digest('hex') === file.sha256 ? null : `${path} holds something else`
}

/** Whoever else may write there can make us run anything. */
function strangers(path: string, { uid, mode }: { uid: number; mode: number }, owner: Owner): string | null {
  if (uid !== owner) return `${path} belongs to uid ${uid}`
  return (mode & 0o022) === 0 ? null : `${path} may be written by others`
}
