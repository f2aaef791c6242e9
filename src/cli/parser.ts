import { Command, CommanderError } from 'commander'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { sanitize } from '../domain/sanitize.ts'
import { safe } from '../text/fit.ts'
import { commonOptions } from './manual/common-options.ts'
import { declare, type CommandText } from './manual/declared.ts'
import { commandRows, helpLines, rowLines } from './manual/help-lines.ts'
import { pageOf } from './manual/page-of.ts'
import { guess } from './nearest.ts'
import { stateDirHint } from './unknown.ts'

export interface ParserText extends CommandText {
  name: string
}

/** A commander command that throws instead of exiting, with the global options and examples in its help. */
export function createParser({ name, ...text }: ParserText): Command {
  const command = new Command(`jrctl ${name}`)
  describe(command, text)
  return command
}

/** A subcommand of a parser, of the same manners. */
export function addSubcommand(parent: Command, signature: string, text: CommandText): Command {
  const command = parent.command(signature, { hidden: text.hidden === true })
  describe(command, text)
  return command
}

function describe(command: Command, text: CommandText): void {
  declare(command, text)
  command
    .description(text.summary)
    .summary(text.summary)
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .exitOverride()
}

/**
 * Parses and runs the command's action, which answers the exit code by `done`. Help goes to stdout; a mistake is thrown as
 * UserError with commander's words and the way to the help.
 */
export async function runParser(command: Command, cli: Cli, done: () => ExitCode): Promise<ExitCode> {
  if (cli.onParser !== undefined) {
    cli.onParser(command)
    return exitCode.ok
  }
  wire(command, cli)
  try {
    await command.parseAsync([...cli.args], { from: 'user' })
    return done()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCode.ok
    if (error.code === 'commander.help') throw nothingSaid(command, cli)
    throw usageError(error, command, cli)
  }
}

function wire(command: Command, cli: Cli): void {
  command
    .configureOutput({
      writeOut: (text) => cli.output.line(text.trimEnd()),
      // Errors are thrown and printed by main, once.
      writeErr: () => {},
    })
    .configureHelp({ formatHelp: (asked) => helpLines(pageOf(asked), cli.output).join('\n') })
  for (const child of command.commands) wire(child, cli)
}

/** The longest list of what is allowed has some hundreds of signs. */
const messageMax = 2_000

/** Errors are read on terminals, most of which are at least so wide. */
const hintColumns = 76

/** `jrctl tasks` alone: what it can. */
function nothingSaid(command: Command, cli: Cli): UserError {
  const rows = rowLines(commandRows(pageOf(command).commands), hintColumns)
  return new UserError(`${ownName(command)}: say what to do`, {
    hint: ['There are:', ...rows, helpHint(command, cli)].join('\n'),
  })
}

function usageError(error: CommanderError, command: Command, cli: Cli): UserError {
  const unknown = unknownCommand(error, command, cli)
  const { message, suggestion } = wordsOf(error)
  const hint = unknown?.hint ?? suggestion ?? meantForAll(message, command)
  return new UserError(unknown?.message ?? message, {
    hint: [hint, helpHint(command, cli)].filter(Boolean).join(' '),
    cause: error,
  })
}

/**
 * Commander's message without its manners: what was given is quoted in it as it came, so that a line of its own may be anybody's,
 * and only the last one is the suggestion.
 */
function wordsOf({ message }: CommanderError): { message: string; suggestion: string | undefined } {
  const text = message.replace(/^error: /, '')
  const suggestion = /\n\((Did you mean [^\n]*)\)$/.exec(text)
  const said = suggestion === null ? text : text.slice(0, suggestion.index)
  return { message: sanitize(plainly(said), { lengthMax: messageMax }), suggestion: suggestion?.[1] }
}

/** `<id> cannot be "x": …` for "command-argument value 'x' is invalid for argument 'id'. …" */
function plainly(text: string): string {
  return text
    .replace(
      /^command-argument value '(.*)' is invalid for argument '([^']*)'\. /s,
      (_, value: string, name: string) => `<${name}> cannot be ${quoted(value)}: `,
    )
    .replace(
      /^option '([^']*)' (?:argument|value) '(.*)' is invalid\. /s,
      (_, flags: string, value: string) => `${flags} cannot be ${quoted(value)}: `,
    )
}

/** Enough to see which one it is; what is wanted instead follows it. */
function quoted(value: string): string {
  return `"${sanitize(value, { lengthMax: 80 })}"`
}

/** A word that was meant as a subcommand; undefined: something else is wrong. */
function unknownCommand(
  { code, message }: CommanderError,
  command: Command,
  { args: [first] }: Cli,
): { message: string; hint: string } | undefined {
  const names = pageOf(command)
    .commands.filter(({ isHidden }) => !isHidden)
    .map(({ path }) => path.at(-1) ?? '')
  const told = code === 'commander.unknownCommand' ? /'(.*)'/s.exec(message)?.[1] : undefined
  // One with a default takes any word for an argument too many.
  const word = told ?? (code === 'commander.excessArguments' ? first : undefined)
  if (word === undefined || names.length === 0 || names.includes(word)) return undefined
  const meant = guess(word, names)
  return {
    message: `${ownName(command)}: there is no command '${safe(word)}'`,
    hint: meant === null ? `There are: ${names.join(', ')}.` : `Did you mean ${meant}?`,
  }
}

/** Commander knows nothing of the options of all commands. */
function meantForAll(message: string, command: Command): string | undefined {
  const option = /unknown option '(--[^=']*)/.exec(message)?.[1]
  if (option === '--state-dir') return stateDirHint
  const known = commonOptions(pageOf(command).path[0]).map(({ long }) => long)
  const meant = option === undefined ? null : guess(option, known)
  return meant === null ? undefined : `Did you mean ${meant}?`
}

/** The help of the subcommand that was meant, if one was. */
function helpHint(command: Command, { args }: Cli): string {
  const child = command.commands.find((known) => known.name() === args[0])
  return `See: ${[command.name(), ...(child ? [child.name()] : [])].join(' ')} --help`
}

/** Messages begin with the program's name already. */
function ownName(command: Command): string {
  return command.name().replace(/^jrctl /, '')
}
