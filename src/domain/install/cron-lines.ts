import type { Installation } from '../units/unit-files.ts'
import { unitPlaces } from './as-units.ts'
import { shellWord } from './shell-word.ts'

export interface CronWish {
  /** Absolute. */
  program: string
  config: string
  /** cron starts the daemon with the machine: there is no systemd to do it. */
  startsDaemon: boolean
  /** What the units would be given: `cronVariables`. */
  variables: Readonly<Record<string, string>>
}

/** A longer command is cut off or refused, by which cron it is (MAX_COMMAND of Vixie's has 1,000 bytes). */
export const cronLineBytesMax = 900

/**
 * Lines for a crontab. cron mails whatever is printed, so the health check is heard only when it is not content (exit codes 1 to 3).
 * Every five minutes, as the timer would. A daemon that cron started is not started again when it dies; the health check tells of it.
 */
export function cronLines(wish: CronWish): string[] {
  return [
    ...(wish.startsDaemon ? [`@reboot ${inCron(commandOf('daemon', wish))} >/dev/null 2>&1`] : []),
    `*/5 * * * * out=$(${inCron(commandOf('health-check', wish))} 2>&1) || echo "$out"`,
  ]
}

/** What root (or the account itself) types to have the daemon now as cron would start it; `account`: null for one's own. */
export function startByHand(wish: CronWish, account: string | null): string {
  // As cron has it (crontab(5)): a shell's own DATABASE_URL would lead to another queue than the one after the next boot.
  const bare = 'cd && env -i HOME="$HOME" LOGNAME="$LOGNAME" SHELL=/bin/sh PATH=/usr/bin:/bin'
  const command = `${bare} ${commandOf('daemon', wish)} >/dev/null 2>&1 &`
  // An account of its own has no shell to log in with.
  return account === null ? command : `su -s /bin/sh ${shellWord(account)} -c ${shellWord(command)}`
}

function commandOf(verb: string, { program, config, variables }: CronWish): string {
  const given = Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`)
  return [...given, shellWord(program), verb, '--config', shellWord(config)].join(' ')
}

/** So that what cron starts finds the same places and secrets as the units would. `runtimeDir`: where systemd makes one. */
export function cronVariables(
  { scope, stateDir, environmentFile }: Pick<Installation, 'scope' | 'stateDir' | 'environmentFile'>,
  runtimeDir: string | null,
): Record<string, string> {
  return { ...unitPlaces({ scope, stateDir }, runtimeDir), JRCTL_ENVIRONMENT_FILE: environmentFile }
}

/** cron turns a `%` into the end of the line unless a backslash stands before it, which it takes away, within quotes too. */
function inCron(command: string): string {
  return command.replaceAll('%', '\\%')
}
