import type { RunningUnit } from './found.ts'
import type { Profile } from './record.ts'

/** What an installation changes, and what it wants. */
export interface UnitChange {
  /** The unit's own file, its template's, or a drop-in of ours is written. */
  settings: boolean
  /** The units' program is. */
  program: boolean
  profile: Profile
}

/**
 * Why a unit that is up has to be restarted for what is wanted to be true, in words; null: it runs as it would be started. It is judged
 * by what runs, and not only by what is changed now: whoever was here before us may have been cut off after a change and before its
 * restart, or have put another executable in its place by hand.
 */
export function whyRestart(running: RunningUnit | undefined, change: UnitChange): string | null {
  if (running !== undefined && running.profile !== null && running.profile !== change.profile)
    return `it runs in the profile ${running.profile}`
  if (change.program && running?.usesProgram !== false) return 'its program is replaced'
  if (running?.isReplaced === true) return 'it runs the version that was replaced'
  if (change.settings) return 'its unit changes'
  if (running === undefined) return null
  if (running.isUnread || isLater(running.settingsMs, running))
    return 'its unit was changed after it had started'
  return isLater(running.variablesMs, running)
    ? 'its environment file was changed after it had started'
    : null
}

function isLater(atMs: number | null, { sinceMs }: RunningUnit): boolean {
  return atMs !== null && atMs > sinceMs
}
