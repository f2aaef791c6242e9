import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A process's rights as the kernel looks at them. */
export interface Identity {
  uid: number
  /** Of the account itself and its further ones. */
  gids: readonly number[]
}

const [readBit, enterBit] = [4, 1] as const

/**
 * What keeps somebody from a file: the first folder on the way that may not be entered, or the file itself when it may not be read (or
 * run). Null: nothing does, by owner, group and mode; what is not there keeps nobody out. ACLs are not looked at.
 */
export async function barrierTo(
  path: string,
  who: Identity,
  options: { runs: boolean },
): Promise<string | null> {
  for (const folder of foldersAbove(path)) {
    const found = await stat(folder).catch(() => null)
    if (found === null) return null
    if (!may(found, who, enterBit)) return folder
  }
  const file = await stat(path).catch(() => null)
  if (file === null) return null
  const isOpen = may(file, who, readBit) && (!options.runs || may(file, who, enterBit))
  return isOpen ? null : path
}

/** From the root down. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [...foldersAbove(folder), folder]
}

function may(found: Stats, { uid, gids }: Identity, bit: number): boolean {
  if (uid === 0) return true
  const shift = found.uid === uid ? 6 : gids.includes(found.gid) ? 3 : 0
  return ((found.mode >> shift) & bit) !== 0
}
