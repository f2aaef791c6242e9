import { constants } from 'node:fs'
import { copyFile, open, rename, stat, unlink } from 'node:fs/promises'
import { fileFailure } from './failure.ts'

const chunkBytes = 4 * 1024 * 1024

/** Puts a copy of a program in its place at once. One that runs from there goes on with the old one. @throws OperationalError `install.files` */
export async function copyProgram(from: string, path: string): Promise<void> {
  const draft = `${path}.jrctl-new`
  try {
    await unlink(draft).catch(() => {})
    await copyFile(from, draft, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    const file = await open(draft, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      await file.chmod(0o755)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await unlink(draft).catch(() => {})
    throw fileFailure('copy the program to', path, error)
  }
}

/** Whether two files hold the same bytes; false when one of them is not there. */
export async function haveSameBytes(one: string, other: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([stat(one), stat(other)])
    if (first.ino === second.ino && first.dev === second.dev) return true
    return first.size === second.size && (await areSame(one, other))
  } catch {
    return false
  }
}

async function areSame(one: string, other: string): Promise<boolean> {
  await using first = await open(one)
  await using second = await open(other)
  const [left, right] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)]
  for (let at = 0; ; at += chunkBytes) {
    const [{ bytesRead }, { bytesRead: others }] = await Promise.all([
      first.read(left, 0, chunkBytes, at),
      second.read(right, 0, chunkBytes, at),
    ])
    if (bytesRead !== others || !left.subarray(0, bytesRead).equals(right.subarray(0, others))) return false
    if (bytesRead < chunkBytes) return true
  }
}
