import { lstatSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { shellWord } from '../domain/install/shell-word.ts'
import { nameOfUid } from '../domain/passwd.ts'
import { askAs } from './owner-of.ts'
import type { TrustedFile } from './trusted-file.ts'

/** Variables of a fleet that this account does not get. */
export interface UnreadVariables {
  path: string
  /** After its name in a sentence. */
  why: string
  /** What to do instead. */
  remedy: string
}

/** Null: it was read, or there is none. */
export function unreadOf(path: string, file: TrustedFile): UnreadVariables | null {
  if (file.kind === 'closed')
    return { path, why: 'is closed to this account', remedy: askAsUser(ownerOf(path) ?? 0) }
  if (file.kind !== 'mistrusted') return null
  return { path, why: `is not heeded: it ${file.why}`, remedy: remedyFor(path, file) }
}

/** How a file comes to be trusted, or who trusts it as it is. */
export function remedyFor(
  path: string,
  { fault, owner, at }: Extract<TrustedFile, { kind: 'mistrusted' }>,
): string {
  if (fault === 'open') return `As its owner: chmod go-w ${shellWord(at)}`
  if (fault === 'form') return 'Let it be a plain file there.'
  const give = `chown root ${shellWord(at)}`
  // Whose folder it is may put any file there.
  return at === path ? `${askAsUser(owner)}   Or give it to root: ${give}` : `Give that to root: ${give}`
}

/** How a file that is no secret comes to be read by all. */
export function openingOf(path: string): string {
  return isSeen(path)
    ? `As its owner: chmod a+r ${shellWord(path)}`
    : `As the owner of its folder: chmod a+rx ${shellWord(dirname(path))}`
}

function isSeen(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

function askAsUser(uid: number): string {
  return uid === 0 ? 'Ask as root: sudo jrctl …' : askAs(nameOf(uid))
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid
  } catch {
    return null
  }
}

function nameOf(uid: number): string {
  try {
    return nameOfUid(readFileSync('/etc/passwd', 'utf8'), uid)
  } catch {
    return `#${uid}`
  }
}
