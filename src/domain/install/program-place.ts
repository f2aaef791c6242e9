import { shellWord } from './shell-word.ts'
import type { Scope } from './layout.ts'

/** The program that is running, which the units are to start. */
export interface ProgramSeen {
  /** Absolute, links resolved. */
  path: string
  /** One file that runs by itself; else the launcher of a checkout, which needs what lies around it. */
  isPackaged: boolean
  /** The units are for another root, which does not hold it. */
  isElsewhere: boolean
  /** It lies where nothing may be run (a mount with `noexec`); no copy of it would be run from there. */
  isNoexec: boolean
  /** Null: whom the fleet runs as can get at it; else the first folder on the way that keeps it out. */
  barrier: string | null
}

export interface ProgramWish {
  scope: Scope
  /** As whom the fleet runs, in words. */
  account: string
  isHardened: boolean
  /** Where a copy would go. */
  target: string
  /** Where a copy of ours is that the units start; null: they start none. */
  installedCopy: string | null
  /** Why there must be a copy: it was asked for in so many words (`--prefix`), or the units are for another root. Null: it need not. */
  copyAsked: string | null
}

/** Of an image by its own words: nobody asked, but this machine's program is not in it. */
export function whyCopyAsked({
  prefix,
  root,
  isInImage,
}: {
  prefix: string | undefined
  root: string
  isInImage: boolean
}): string | null {
  if (prefix !== undefined) return 'as asked'
  return root === '' || isInImage ? null : `the units in ${root} start the one there`
}

export type ProgramPlace =
  /** `doubt`: what is to be told of its place. */
  | { kind: 'stay'; path: string; doubt?: string }
  | { kind: 'copy'; from: string; path: string; why: string }
  | { kind: 'refused'; message: string; hint: string }

/**
 * Where the units' program is to lie: where it is, when it will still be there after a restart of the machine and the fleet's account
 * may run it; else a copy. A checkout is not copied: it is many files. So one that may not last is only doubted: it works for now.
 */
export function placeProgram(seen: ProgramSeen, wish: ProgramWish): ProgramPlace {
  if (seen.path === wish.target && !seen.isElsewhere) return { kind: 'stay', path: seen.path }
  const taken = seen.isPackaged ? replacedCopy(wish) : null
  if (taken !== null && taken !== seen.path)
    return { kind: 'copy', from: seen.path, path: taken, why: 'it takes the place of the copy before' }
  const passes = whyPassing(seen.path)
  const why = wish.copyAsked ?? whyNotThere(seen, wish) ?? (seen.isPackaged ? passes : null)
  if (why === null)
    return { kind: 'stay', path: seen.path, ...(passes === null ? {} : doubtOf(seen, passes)) }
  if (seen.isPackaged) return { kind: 'copy', from: seen.path, path: wish.target, why }
  const message =
    wish.copyAsked !== null
      ? `${seen.path} belongs to a checkout, and cannot be copied alone`
      : `${seen.path} cannot be what the units start: ${why}`
  return {
    kind: 'refused',
    message,
    hint: `Make the executable (npm run package) and install with that, which is copied to ${shellWord(wish.target)}; or move the checkout to a lasting place such as /opt/jrctl.`,
  }
}

/**
 * The copy that a new version takes the place of, wherever that may lie itself: else PATH would go on to mean the one before, which
 * nobody knew any more. Null: there is none, or it cannot be where it is any longer.
 */
function replacedCopy(wish: ProgramWish): string | null {
  const { installedCopy: path, copyAsked } = wish
  if (path === null || copyAsked !== null) return null
  return whyNotThere({ path, isNoexec: false, barrier: null }, wish) === null ? path : null
}

/** What is to be said of a copy of ours that the units do not start any more; null: nothing. */
export function forgottenCopy({ installedCopy }: ProgramWish, place: ProgramPlace): string | null {
  if (installedCopy === null || place.kind === 'refused' || place.path === installedCopy) return null
  return `${installedCopy}, which an installation before copied there, stays as it is, and no unit starts it any more. Take it away: rm ${shellWord(installedCopy)}`
}

/** Emptied at a start of the machine, or by itself after a while. */
const passing = ['/tmp', '/var/tmp', '/run', '/dev', '/proc', '/var/cache'] as const
/** What ProtectHome= hides from a unit of the system. */
const homes = ['/home', '/root', '/run/user'] as const

function whyPassing(path: string): string | null {
  const folder = passing.find((gone) => isWithin(path, gone))
  return folder === undefined ? null : `what lies in ${folder} does not last`
}

function doubtOf({ path }: ProgramSeen, why: string): { doubt: string } {
  return { doubt: `the units start ${path}, and ${why}: move the checkout to a place such as /opt/jrctl` }
}

function whyNotThere(
  { path, isNoexec, barrier }: Omit<ProgramSeen, 'isPackaged' | 'isElsewhere'>,
  wish: ProgramWish,
): string | null {
  if (isNoexec) return 'its disk is mounted noexec'
  if (wish.scope === 'user') return null
  const home = homes.find((folder) => isWithin(path, folder))
  if (wish.isHardened && home !== undefined) return `a hardened unit sees nothing of ${home}`
  return barrier === null ? null : `${wish.account} may not enter ${barrier}`
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`)
}
