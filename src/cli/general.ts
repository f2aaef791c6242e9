import { closest, distance } from 'fastest-levenshtein'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli, CommandEntry } from './command.ts'
import { overview } from './help.ts'

/** What is no command: `jrctl`, `jrctl --help`, `jrctl --version`, and a name that nobody knows. */
export async function general(
  cli: Cli,
  name: string | undefined,
  commands: readonly CommandEntry[],
): Promise<ExitCode> {
  const [option] = cli.args
  if (name === 'help') return help(cli, commands)
  if (name !== undefined) throw unknownCommand(name, commands)
  if (option === '--version' || option === '-V') {
    if (cli.options.json) cli.output.json({ version: cli.version })
    else cli.output.line(cli.version)
    return exitCode.ok
  }
  if (option === '--help' || option === '-h' || option === undefined) {
    for (const line of overview(commands, cli.output)) cli.output.line(line)
    return option === undefined ? exitCode.usage : exitCode.ok
  }
  throw new UserError(`unknown option ${option}`, { hint: 'See: jrctl --help' })
}

/** `jrctl help tasks` is `jrctl tasks --help`. */
async function help(cli: Cli, commands: readonly CommandEntry[]): Promise<ExitCode> {
  const [wanted] = cli.args
  if (wanted === undefined) return general({ ...cli, args: ['--help'] }, undefined, commands)
  const entry = commands.find((command) => command.name === wanted)
  if (!entry) throw unknownCommand(wanted, commands)
  return (await entry.load()).run({ ...cli, args: [...cli.args.slice(1), '--help'] })
}

function unknownCommand(name: string, commands: readonly CommandEntry[]): UserError {
  const lengthApart = (one: string): number => Math.abs(one.length - name.length)
  const names = commands.filter(({ hidden }) => !hidden).map((command) => command.name)
  // Of several that are as near, one of about this length: a letter was swapped more often than two were left out.
  const byLength = names.toSorted((a, b) => lengthApart(a) - lengthApart(b))
  const nearest = closest(name, byLength)
  // Further away it is a guess and no help.
  const near = distance(name, nearest) <= Math.max(2, Math.floor(name.length / 3))
  return new UserError(`there is no command ${JSON.stringify(name)}`, {
    hint: near ? `Did you mean: jrctl ${nearest}` : 'See: jrctl --help',
  })
}
