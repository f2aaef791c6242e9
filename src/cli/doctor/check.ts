import type { Look } from '../../ports/database-checkup.ts'

/** `note`: worth knowing, and nothing is wrong. */
export const checkLevels = ['ok', 'note', 'warn', 'bad', 'skipped'] as const
export type CheckLevel = (typeof checkLevels)[number]

/** One thing that was checked. */
export interface Check {
  /** Stable, for programs: `database.index`. */
  name: string
  level: CheckLevel
  /** Plain words, what was found. */
  text: string
  /** What to do; null when nothing is to be done. */
  remedy: string | null
}

export function ok(name: string, text: string): Check {
  return { name, level: 'ok', text, remedy: null }
}

export function note(name: string, text: string, remedy: string): Check {
  return { name, level: 'note', text, remedy }
}

export function warn(name: string, text: string, remedy: string): Check {
  return { name, level: 'warn', text, remedy }
}

export function bad(name: string, text: string, remedy: string): Check {
  return { name, level: 'bad', text, remedy }
}

export function skipped(name: string, text: string): Check {
  return { name, level: 'skipped', text, remedy: null }
}

/** The checks of what was seen, or one that was skipped, with the reason. */
export function checksOf<T>(name: string, part: Look<T>, judge: (value: T) => Check[]): Check[] {
  return part.kind === 'seen' ? judge(part.value) : [skipped(name, part.why)]
}
