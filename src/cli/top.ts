import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { createParser, runParser } from './parser.ts'

interface TopOptions {
  once?: boolean
  screen?: string
  readOnly?: boolean
  screenReader?: boolean
}

const details = `
With --json it prints an object a line, {"apiVersion", "kind", "at", …}: first the state ("status"), and again whenever
something has changed, at most twice a second and at least every five; what the ledger notes ("ledger"); that the daemon
is away ("away", it goes on when it is back). --once --json is the first of these lines alone.
Screens: positions, workers, tasks, decisions, ledger, dlq, logs.
`

/** `jrctl top`: the fleet live. Without a terminal, or with `--once`, its tables as text. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'top',
    summary: 'Show positions, workers and tasks live, and act on them',
    examples: [
      'jrctl top',
      'jrctl top --read-only',
      'jrctl top --screen workers',
      'jrctl top --once',
      'jrctl top --once --screen tasks | less',
      `jrctl top --json | jq --unbuffered -c 'select(.kind == "ledger").entries[]'`,
    ],
    details,
  })
    .option('--once', 'print its tables once, as where there is no terminal')
    .option('--screen <screen>', 'begin with this one; with --once print it alone')
    .option('--read-only', 'take no key that changes something')
    .option(
      '--screen-reader',
      'tell it in lines, one after the other, without drawing (or JRCTL_SCREEN_READER=1)',
    )
    .action((options: TopOptions) => top(cli, options))
  return runParser(parser, cli, () => exitCode.ok)
}

async function top(cli: Cli, { once = false, screen, readOnly, screenReader }: TopOptions): Promise<void> {
  if (cli.options.json) return printJson(cli, once, screen)
  const isSpoken = screenReader === true || asksForSpeech(cli.env)
  const canDraw = isSpoken || cli.env['TERM'] !== 'dumb'
  if (once || !hasTerminal(cli) || !canDraw) {
    await (await import('./top/tables.ts')).printTables(cli, screen)
    if (!once && hasTerminal(cli)) cli.output.note(cannotDraw)
    return
  }
  await (await import('./top/live.ts')).showLive(cli, { readOnly: readOnly === true, isSpoken, screen })
}

/** Keys come from the one side, frames go to the other. */
function hasTerminal({ output, stdin }: Cli): boolean {
  return output.isTerminal && stdin.isTTY === true
}

/** It cannot move its cursor, which lines one after the other need not. */
const cannotDraw =
  'This was once: by TERM=dumb the terminal cannot be drawn on. Live, in lines: jrctl top --screen-reader'

/** Ink's own variable counts too: who hears other programs made with it has set that. */
function asksForSpeech(env: Cli['env']): boolean {
  return ['1', 'true'].includes(env['JRCTL_SCREEN_READER'] || env['INK_SCREEN_READER'] || '')
}

async function printJson(cli: Cli, once: boolean, screen: string | undefined): Promise<void> {
  if (screen !== undefined)
    throw new UserError('--screen has no meaning with --json, which tells of all', {
      hint: 'As JSON there are: jrctl tasks list, workers, dlq list, ledger, orchestrator decisions.',
    })
  const { printDocument, printStream } = await import('./top/json.ts')
  await (once ? printDocument(cli) : printStream(cli))
}
