import { UserError } from '../errors.ts'
import { safe } from '../text/fit.ts'
import type { CommandEntry } from './command.ts'
import { globalOptions } from './global-options.ts'
import { nearest } from './nearest.ts'

/** Some commands take `--state-dir`; whoever used it there looks at the same fleet by others. */
export const stateDirHint = 'For this command, set JRCTL_STATE_DIR=FOLDER instead.'

/** Of a name that no command has, with the one that was probably meant. */
export function unknownCommand(name: string, commands: readonly CommandEntry[]): UserError {
  const names = commands.filter(({ hidden }) => !hidden).map((command) => command.name)
  const meant = nearest(name, names)
  return new UserError(`there is no command '${safe(name)}'`, {
    hint: meant === null ? 'See: jrctl --help' : `Did you mean: jrctl ${meant}`,
  })
}

/** Of an option where no command is named. */
export function unknownOption(option: string): UserError {
  if (option.startsWith('--state-dir'))
    return new UserError("unknown option '--state-dir' before a command", { hint: stateDirHint })
  const meant =
    wholeName(option) ?? nearest(option, [...globalOptions.map(({ long }) => long), '--help', '--version'])
  return new UserError(`unknown option '${safe(option)}'`, {
    hint: meant === null ? 'See: jrctl --help' : `Did you mean ${meant}? See: jrctl --help`,
  })
}

/** `-c` is meant as `--config`: there are no short names, and the first letter is what other programs take. */
function wholeName(option: string): string | undefined {
  const letter = /^-([a-z])$/.exec(option)?.[1]
  return globalOptions.find(({ long }) => letter !== undefined && long.startsWith(`--${letter}`))?.long
}
