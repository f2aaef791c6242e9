import { shellWord } from '../domain/install/shell-word.ts'
import type { Clock } from '../ports/clock.ts'
import type { Installed } from './installed.ts'

/** Where a command comes from: what main knows before it has read any configuration. */
export interface Origin {
  process: NodeJS.Process
  /** `--config`. */
  configPath: string | undefined
  /** `--host`. */
  host?: string | undefined
  json: boolean
  clock: Clock
  /** The installation on this machine that the command has to do with; null or left out: none. */
  installed?: Installed | null
}

/**
 * As of `resolveConnection`: no command of an installed fleet makes a queue up, which its units would not either, in a folder that
 * may be another account's.
 */
export function noQueueMadeUp({
  installed,
}: Pick<Origin, 'installed'>): { message: string; hint: string | null } | null {
  if (installed === null || installed === undefined) return null
  if (installed.kind === 'mistrusted')
    return {
      message: `No database is configured, and ${installed.record}, by which an installed fleet is known, ${installed.why}`,
      hint: installed.remedy,
    }
  // Who has a configuration of his own means a fleet of his own.
  if (installed.kind === 'another')
    return installed.inUse === null
      ? {
          message: `No database is configured, for there is no configuration here; the installed fleet runs with ${installed.config}`,
          hint: `Name that: jrctl --config ${shellWord(installed.config)} …`,
        }
      : null
  const { unread, environmentFile } = installed
  return unread === null
    ? {
        message: `No database is configured, neither by the installed fleet's configuration nor in ${environmentFile}`,
        hint: null,
      }
    : {
        message: `No database is configured, and ${unread.path}, where the fleet's variables are, ${unread.why}`,
        hint: unread.remedy,
      }
}

/** A message for the person; never data. */
export function note({ process }: Origin, text: string): void {
  process.stderr.write(`${text}\n`)
}
