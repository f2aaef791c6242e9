import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { general } from '../../src/cli/general.ts'
import { unknownOption } from '../../src/cli/unknown.ts'
import { exitCode, UserError } from '../../src/errors.ts'
import { fakeCli } from './fake-cli.ts'

/** Spec §12: `--help` with examples. Every line that a person may paste begins with the program or leads up to it. */
function expectHelp(text: string, usage: string): void {
  expect(text).toContain(`Usage: jrctl ${usage}`)
  expect(text).toContain('--config <file>')
  const examples =
    text
      .split('Examples:\n')[1]
      ?.trim()
      .replaceAll(/ \\\n +/g, ' ')
      .split('\n') ?? []
  expect(examples.length).toBeGreaterThanOrEqual(2)
  for (const example of examples) expect(example).toContain(`jrctl ${usage.split(' ')[0]}`)
}

describe('help', () => {
  it.each(commands.map(({ name }) => name))('of %s has usage, global options and examples', async (name) => {
    const cli = fakeCli({ args: ['--help'] })
    const entry = commands.find((command) => command.name === name)
    expect(await (await entry?.load())?.run(cli)).toBe(exitCode.ok)
    expectHelp(cli.out, name)
  })

  it.each([
    ['dlq', ['list', 'show', 'replay', 'purge']],
    ['tasks', ['add', 'set', 'import', 'list', 'show', 'watch', 'cancel', 'retry']],
    ['workers', ['list', 'start', 'stop', 'restart', 'pause', 'resume', 'scale']],
    ['ledger', ['verify']],
    ['bus', ['publish', 'subscribe', 'request', 'respond']],
    ['config', ['check', 'show', 'schema']],
    ['demo', ['legacy-worker']],
  ])('of the subcommands of %s, too', async (name, subcommands) => {
    const entry = commands.find((command) => command.name === name)
    for (const subcommand of subcommands) {
      const cli = fakeCli({ args: [subcommand, '--help'] })
      await (await entry?.load())?.run(cli)
      expectHelp(cli.out, `${name} ${subcommand}`)
    }
  })

  it('of all lists every command with its summary on one line of 80', async () => {
    const cli = fakeCli({ args: ['--help'] })
    expect(await general(cli, undefined, commands)).toBe(exitCode.ok)
    for (const { name, summary } of commands) expect(cli.out).toContain(`${name.padEnd(12)}  ${summary}\n`)
    expect(Math.max(...cli.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('`jrctl help tasks` is `jrctl tasks --help`', async () => {
    const cli = fakeCli({ args: ['tasks'] })
    await general(cli, 'help', commands)
    expect(cli.out).toContain('Usage: jrctl tasks')
  })
})

describe('mistakes', () => {
  const mistake = async (name: string, ...args: string[]): Promise<UserError> => {
    const entry = commands.find((command) => command.name === name)
    const cli = fakeCli({ args })
    const run = entry ? (await entry.load()).run(cli) : general(cli, name, commands)
    const error: unknown = await run.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(UserError)
    expect(cli.out).toBe('')
    return error as UserError
  }

  it.each([
    ['stauts', 'Did you mean: jrctl status'],
    ['daemno', 'Did you mean: jrctl daemon'],
    ['task', 'Did you mean: jrctl tasks'],
    ['healthcheck', 'Did you mean: jrctl health-check'],
    ['frobnicate', 'See: jrctl --help'],
  ])('an unknown command %s: %s', async (name, hint) => {
    expect(await mistake(name)).toMatchObject({ hint, exit: exitCode.usage })
  })

  it.each([
    ['-c', 'Did you mean --config? See: jrctl --help'],
    ['-z', 'See: jrctl --help'],
    ['--state-dir', 'For this command, set JRCTL_STATE_DIR=FOLDER instead.'],
  ])('an option before a command, %s: %s', (option, hint) => {
    expect(unknownOption(option)).toMatchObject({ hint, exit: exitCode.usage })
  })

  it.each([
    ['tasks', ['lst'], "tasks: there is no command 'lst'", 'Did you mean list?'],
    ['tasks', ['frobnicate'], "there is no command 'frobnicate'", 'There are: add, set, import'],
    ['workers', ['restrat', 'a_jr'], "there is no command 'restrat'", 'Did you mean restart?'],
    ['ledger', ['verfy'], "there is no command 'verfy'", 'Did you mean verify?'],
    ['tasks', [], 'say what to do', 'cancel <id...>'],
    ['tasks', ['list', '--status', 'faild'], 'Did you mean failed?', 'jrctl tasks list --help'],
    ['tasks', ['import', 'x', '--format', 'jsnl'], 'Did you mean jsonl?', 'jrctl tasks import --help'],
    ['status', ['--jsn'], "unknown option '--jsn'", 'Did you mean --json?'],
    ['status', ['--state-dir', 'x'], "unknown option '--state-dir'", 'JRCTL_STATE_DIR=FOLDER'],
    ['completion', ['bsh'], "there is no command 'bsh'", 'Did you mean zsh or bash?'],
    ['tasks', [], 'say what to do', 'jrctl tasks --help'],
    ['tasks', ['add'], "missing required argument 'title'", 'jrctl tasks add --help'],
    ['tasks', ['list', '--limit', '0'], 'A whole number from 1 to 1000', 'jrctl tasks list --help'],
    ['tasks', ['list', '--statsu', 'x'], "unknown option '--statsu'", 'Did you mean --status?'],
    ['tasks', ['show', '0'], 'A task id is a whole number', 'jrctl tasks show --help'],
    ['tasks', ['show', '1', '2'], 'too many arguments', 'jrctl tasks show --help'],
    ['tasks', ['set', '1'], 'say what to change', 'jrctl tasks set --help'],
    ['urgent', ['\u001b[31mx\n'], '<id> cannot be "␛x␊": A task id is a whole number', 'jrctl urgent --help'],
    ['metrics', ['a\nb'], 'but got 1: a␊b', 'See: jrctl metrics --help'],
    ['tasks', ['list', '--limit', '9e9'], '--limit <count> cannot be "9e9": A whole', 'tasks list --help'],
    ['tasks', ['import', ''], '<file> cannot be "": The name of a file is wanted', 'tasks import --help'],
    ['backup', ['verify', ''], '<file> cannot be "": The name of a file', 'backup verify --help'],
    ['restore', [''], '<file> cannot be "": The name of a file', 'restore --help'],
    ['urgent', ['x'], 'A task id is a whole number', 'jrctl urgent --help'],
    ['workers', ['scale', 'a', '-1'], 'A whole number from 0 to 1000', 'jrctl workers scale --help'],
    ['work', ['a'], 'which command to run', '--'],
    ['status', ['now'], 'too many arguments', 'jrctl status --help'],
  ])('%s %j: %s', async (name, args, message, hint) => {
    const error = await mistake(name, ...args)
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
    expect(error.exit).toBe(exitCode.usage)
  })
})
