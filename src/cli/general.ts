import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli, CommandEntry } from './command.ts'

/** What is no command: `jrctl`, `jrctl --help`, `jrctl --version`, and a name that nobody knows. */
export async function general(
  cli: Cli,
  name: string | undefined,
  commands: readonly CommandEntry[],
): Promise<ExitCode> {
  const [option] = cli.args
  if (name === 'help') return help(cli, commands)
  if (name !== undefined) throw (await import('./unknown.ts')).unknownCommand(name, commands)
  if (option === '--version' || option === '-V') {
    if (cli.options.json) cli.output.json({ version: cli.version })
    else cli.output.line(cli.version)
    return exitCode.ok
  }
  if (option === '--help' || option === '-h' || option === undefined) {
    const { overview } = await import('./help.ts')
    for (const line of overview(commands, cli.output)) cli.output.line(line)
    return option === undefined ? exitCode.usage : exitCode.ok
  }
  throw (await import('./unknown.ts')).unknownOption(option)
}

/** `jrctl help tasks add` is `jrctl tasks add --help`. */
async function help(cli: Cli, commands: readonly CommandEntry[]): Promise<ExitCode> {
  const [wanted, ...more] = cli.args
  if (wanted === undefined || wanted === 'help' || wanted.startsWith('-'))
    return general({ ...cli, args: ['--help'] }, undefined, commands)
  const entry = commands.find((command) => command.name === wanted)
  if (!entry) throw (await import('./unknown.ts')).unknownCommand(wanted, commands)
  return (await entry.load()).run({ ...cli, args: [...more, '--help'] })
}
