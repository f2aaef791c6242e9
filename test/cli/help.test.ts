import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { general } from '../../src/cli/general.ts'
import { exitCode, UserError } from '../../src/errors.ts'
import { fakeCli } from './fake-cli.ts'

/** Spec §12: `--help` with examples. Every line that a person may paste begins with the program or leads up to it. */
function expectHelp(text: string, usage: string): void {
  expect(text).toContain(`Usage: jrctl ${usage}`)
  expect(text).toContain('--config PATH')
  const examples = text.split('Examples:\n')[1]?.trim().split('\n') ?? []
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
    ['tasks', ['lst'], "unknown command 'lst'", 'Did you mean list?'],
    ['tasks', [], 'say what to do', 'jrctl tasks --help'],
    ['tasks', ['add'], "missing required argument 'title'", 'jrctl tasks add --help'],
    ['tasks', ['list', '--limit', '0'], 'A whole number from 1 to 1000', 'jrctl tasks list --help'],
    ['tasks', ['list', '--statsu', 'x'], "unknown option '--statsu'", 'Did you mean --status?'],
    ['tasks', ['show', '0'], 'A task id is a whole number', 'jrctl tasks show --help'],
    ['tasks', ['show', '1', '2'], 'too many arguments', 'jrctl tasks show --help'],
    ['tasks', ['set', '1'], 'say what to change', 'jrctl tasks set --help'],
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
