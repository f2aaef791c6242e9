import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { createParser, runParser } from './parser.ts'
import { statusLines } from './status.ts'

interface TopOptions {
  once?: boolean
  readOnly?: boolean
}

/** `jrctl top`: the fleet live. Without a terminal, or with `--once`, it is `jrctl status`. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'top',
    summary: 'Show positions, workers and tasks live, and act on them',
    examples: ['jrctl top', 'jrctl top --read-only', 'jrctl top --once', 'jrctl top --json'],
  })
    .option('--once', 'print the state once, as where there is no terminal')
    .option('--read-only', 'take no key that changes something')
    .action((options: TopOptions) => top(cli, options))
  return runParser(parser, cli, () => exitCode.ok)
}

async function top(cli: Cli, { once, readOnly }: TopOptions): Promise<void> {
  const client = await cli.client()
  if (cli.options.json) return cli.output.json(await client.call('status', {}))
  if (once === true || !hasTerminal(cli)) return printOnce(cli)
  // A daemon that is not there is an error as with every command; once there was one, its return is waited for.
  const [status, { runTop }] = await Promise.all([client.call('status', {}), import('../../tui/run.tsx')])
  await runTop({
    client,
    status,
    clock: cli.clock,
    stdin: cli.stdin,
    stdout: cli.stdout,
    paint: (style, text) => cli.output.style(style, text),
    readOnly: readOnly === true,
    interrupted: cli.interrupted(),
  })
}

/** Keys come from the one side, frames go to the other; a dumb terminal cannot move its cursor. */
function hasTerminal(cli: Cli): boolean {
  return cli.output.isTerminal && cli.stdin.isTTY === true && cli.env['TERM'] !== 'dumb'
}

async function printOnce(cli: Cli): Promise<void> {
  const status = await (await cli.client()).call('status', {})
  for (const line of await statusLines(status, cli.output, cli.clock.wallMs())) cli.output.line(line)
}
