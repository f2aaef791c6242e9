import { createWriteStream, type WriteStream } from 'node:fs'
import { link, lstat, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { OperationalError } from '../../errors.ts'
import { syncFolder } from '../../system/sync-folder.ts'
import { openOwnFolder } from './own-folder.ts'

/** A folder of our own where a file is to be written: on the same disk, so that a rename is enough. */
export interface Workplace {
  folder: string
  /** What is written here takes its place when it is whole. */
  output: WriteStream
  /** Gives the written file its name in the folder above; after that a crash of the machine leaves it whole. */
  place(name: string): Promise<void>
  /**
   * The same under the first of its names that nobody has, and nobody's file is replaced. Answers which it was.
   * @param nameOf the first, the second, … name
   */
  placeNew(nameOf: (nth: number) => string): Promise<string>
  /** Removes the folder with all that is in it. */
  remove(): Promise<void>
}

const prefix = '.jrctl-backup'

/** So many backups of one second there are not. */
const namesMax = 1_000

/** Makes the folder, and removes those that a killed backup of this machine left there. */
export async function openWorkplace(parent: string): Promise<Workplace> {
  const folder = await openOwnFolder(parent, prefix)
  const whole = join(folder, 'whole')
  // Flushed before it is closed: what has its name is on the disk.
  const output = createWriteStream(whole, { flags: 'wx', mode: 0o600, flush: true })
  return {
    folder,
    output,
    async place(name) {
      await rename(whole, join(parent, name))
      await syncFolder(parent)
    },
    async placeNew(nameOf) {
      const name = await givenFreeName(whole, parent, nameOf)
      await syncFolder(parent)
      return name
    },
    async remove() {
      output.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function givenFreeName(
  whole: string,
  parent: string,
  nameOf: (nth: number) => string,
): Promise<string> {
  for (let nth = 1; nth <= namesMax; nth++) {
    const name = nameOf(nth)
    if (await isGiven(whole, join(parent, name))) return name
  }
  throw new OperationalError(`${parent} has ${namesMax} backups of this very second`, {
    code: 'backup.unwritable',
    retryable: true,
    hint: 'Try again in a second, or name a file.',
  })
}

/** A second name instead of a new one: the kernel refuses it where somebody has that name, whoever comes at the same moment. */
async function isGiven(whole: string, path: string): Promise<boolean> {
  try {
    await link(whole, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code !== undefined && linkless.has(code)) return isMoved(whole, path)
    throw error
  }
  await unlink(whole)
  return true
}

/** As disks say that have no second names (FAT, some network and user-space file systems). */
const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function isMoved(whole: string, path: string): Promise<boolean> {
  if (
    await lstat(path).then(
      () => true,
      () => false,
    )
  )
    return false
  await rename(whole, path)
  return true
}
