import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** Counting more than that is not worth the wait for a number in a question. */
const entriesMax = 20_000

/** The bytes of all files below a folder; null when they are too many to count, or may not be looked at. */
export async function treeBytes(folder: string): Promise<number | null> {
  let [bytes, entries] = [0, 0]
  try {
    for await (const entry of await opendir(folder, { recursive: true })) {
      entries += 1
      if (entries > entriesMax) return null
      if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
    }
    return bytes
  } catch {
    return null
  }
}
