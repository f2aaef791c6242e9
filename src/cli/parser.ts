import { Command, CommanderError } from 'commander'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'

export interface ParserText {
  name: string
  summary: string
  /** Lines a person can paste, without `$`. */
  examples: readonly string[]
  /** What needs more words than a summary, below the options. */
  details?: string
}

const globalHelp = `
Global options (before or after the command):
  --config PATH  the configuration file
  --host URL     a daemon elsewhere (or JRCTL_HOST); its token in JRCTL_TOKEN
  --json         answer as JSON
  --no-color     no colours
`

/** A commander command that throws instead of exiting, with the global options and examples in its help. */
export function createParser({ name, ...text }: ParserText): Command {
  const command = new Command(`jrctl ${name}`)
  describe(command, text)
  return command
}

/** A subcommand of a parser, of the same manners. */
export function addSubcommand(parent: Command, signature: string, text: Omit<ParserText, 'name'>): Command {
  const command = parent.command(signature)
  describe(command, text)
  return command
}

function describe(command: Command, { summary, examples, details = '' }: Omit<ParserText, 'name'>): void {
  const lines = examples.map((example) => `  ${example}`).join('\n')
  command
    .description(summary)
    .summary(summary)
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .exitOverride()
    .addHelpText('after', `${details}${globalHelp}\nExamples:\n${lines}`)
}

/**
 * Parses and runs the command's action, which answers the exit code by `done`. Help goes to stdout; a mistake is thrown as
 * UserError with commander's words and the way to the help.
 */
export async function runParser(command: Command, cli: Cli, done: () => ExitCode): Promise<ExitCode> {
  wire(command, cli)
  try {
    await command.parseAsync([...cli.args], { from: 'user' })
    return done()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCode.ok
    if (error.code === 'commander.help')
      throw new UserError(`${command.name()}: say what to do`, { hint: helpHint(command, cli) })
    throw usageError(error, command, cli)
  }
}

function wire(command: Command, cli: Cli): void {
  command.configureOutput({
    writeOut: (text) => cli.output.line(text.trimEnd()),
    // Errors are thrown and printed by main, once.
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(cli.output.columns, 100),
    getErrHelpWidth: () => 80,
  })
  for (const child of command.commands) wire(child, cli)
}

function usageError(error: CommanderError, command: Command, cli: Cli): UserError {
  const [first] = cli.args
  const names = command.commands.map((child) => child.name())
  // One with a default takes any word for an argument too many; it was meant as a command.
  if (
    error.code === 'commander.excessArguments' &&
    first !== undefined &&
    names.length > 0 &&
    !names.includes(first)
  )
    return new UserError(`${command.name()}: there is no command '${first}'`, {
      hint: `There are: ${names.join(', ')}. ${helpHint(command, cli)}`,
      cause: error,
    })
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const hint = [suggestion?.replace(/^\(|\)$/g, ''), helpHint(command, cli)].filter(Boolean).join(' ')
  return new UserError(message, { hint, cause: error })
}

/** The help of the subcommand that was meant, if one was. */
function helpHint(command: Command, { args }: Cli): string {
  const child = command.commands.find((known) => known.name() === args[0])
  return `See: ${[command.name(), ...(child ? [child.name()] : [])].join(' ')} --help`
}
