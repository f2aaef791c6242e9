import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { busLimits } from '../contract/bus.ts'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'
import { parseDuration } from './time-options.ts'

const details = `
Topics are segments between dots: prices.eur. Who listens or responds may write * for one segment and > at the end for
all that follow (quote them for the shell). Data is JSON; what is none is sent as text. The daemon itself publishes what
happens under the names of the ledger's events: task.>, worker.>, dlq.added, system.memory.critical, nightly.report, …
`

/** `jrctl bus …`: one file a subcommand in `bus/`. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const finish = (result: ExitCode) => {
    code = result
  }
  const separator = cli.args.indexOf('--')
  const own = separator < 0 ? cli.args : cli.args.slice(0, separator)
  const command = separator < 0 ? [] : cli.args.slice(separator + 1)
  const parser = createParser({
    name: 'bus',
    summary: 'Messages between workers: publish, subscribe, ask and answer',
    examples: [
      'jrctl bus subscribe "dlq.added" "worker.>"',
      'jrctl bus publish prices.eur \'{"usd": 1.08}\'',
      'jrctl bus respond calc.sum -- jq add',
      "jrctl bus request calc.sum '[1, 2]'",
    ],
    details,
  })
  addMessages(parser, cli, finish)
  addRequests(parser, cli, finish, command)
  return runParser(parser, { ...cli, args: own }, () => code)
}

type Finish = (code: ExitCode) => void

function addMessages(parser: Command, cli: Cli, finish: Finish): void {
  addSubcommand(parser, 'publish', {
    summary: 'Say something to all who listen now',
    examples: [
      'jrctl bus publish prices.eur \'{"usd": 1.08}\'',
      'jrctl bus publish deploy.done',
      'make-report | jrctl bus publish reports.daily -',
    ],
    details: '\nNothing is kept: who listens later has missed it. Exit 0 also when nobody listens.\n',
  })
    .argument('<topic>', 'such as prices.eur')
    .argument('[data]', 'JSON, or text; - reads stdin')
    .action(async (topic: string, data: string | undefined) =>
      finish(await (await import('./bus/publish.ts')).publish(cli, topic, data)),
    )

  addSubcommand(parser, 'subscribe', {
    summary: 'Print messages as they come',
    examples: [
      'jrctl bus subscribe "prices.*"',
      'jrctl bus subscribe ">"',
      'jrctl bus subscribe dlq.added --count 1 --json | jq .message.data',
    ],
    details: '\nA message a line. Who reads too slowly is told how many it missed.\n',
  })
    .argument('<topic...>', 'topics; * stands for one segment, > at the end for all that follow')
    .option('-n, --count <count>', 'end after so many messages', integer(1, 1_000_000_000))
    .action(async (topics: string[], options: { count?: number }) =>
      finish(await (await import('./bus/subscribe.ts')).subscribe(cli, topics, options)),
    )
}

function addRequests(parser: Command, cli: Cli, finish: Finish, command: readonly string[]): void {
  addSubcommand(parser, 'request', {
    summary: 'Ask one of those who respond, and print the answer',
    examples: [
      "jrctl bus request calc.sum '[1, 2]'",
      'jrctl bus request agent-analytics \'{"query": "revenue_today"}\' --timeout 10s',
      'jrctl bus request rates.eur --cache 1m --json',
    ],
    details:
      '\nExit 0: answered; 1: with an error, or by nobody in time; 3: nobody responds; 69: no daemon.\n',
  })
    .argument('<topic>', 'such as calc.sum')
    .argument('[data]', 'JSON, or text; - reads stdin')
    .option(
      '--timeout <duration>',
      'how long to wait, at most 60s (default 5s)',
      within(1, busLimits.timeoutMsMax),
    )
    .option(
      '--cache <duration>',
      'an answer to an equal question is as good while it is no older',
      within(0, busLimits.cacheMsMax),
    )
    .action(async (topic: string, data: string | undefined, options: object) =>
      finish(await (await import('./bus/request.ts')).request(cli, topic, data, options)),
    )

  addSubcommand(parser, 'respond', {
    summary: 'Answer requests: run a command for each',
    examples: [
      'jrctl bus respond calc.sum -- jq add',
      'jrctl bus respond agent-analytics --concurrency 4 -- python3 answer.py',
    ],
    details: `
The command reads the request's data as JSON on stdin. What it prints is the answer: JSON, or text. An exit code other
than 0 answers with an error, the end of its stderr. JRCTL_BUS_TOPIC and JRCTL_BUS_FROM say what was asked, and who did.
Of several responders the one with the fewest requests gets the next. A daemon that restarts is waited for.
`,
  })
    .usage('[options] <topic...> -- COMMAND…')
    .argument('<topic...>', 'topics; * stands for one segment, > at the end for all that follow')
    .option('--concurrency <count>', 'commands at the same time', integer(1, 1000), 1)
    .action(async (topics: string[], options: { concurrency: number }) =>
      finish(await (await import('./bus/respond.ts')).respond(cli, topics, given(command), options)),
    )
}

/** A duration between two bounds, in milliseconds. */
function within(minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const value = parseDuration(text)
    if (value !== undefined && value >= minMs && value <= maxMs) return Math.round(value)
    throw new InvalidArgumentError(`A duration such as 5s is wanted, at most ${maxMs / 1000}s.`)
  }
}

function given(command: readonly string[]): readonly [string, ...string[]] {
  const [program, ...args] = command
  if (program) return [program, ...args]
  throw new UserError('bus respond: say which command to run for each request, after --', {
    hint: 'jrctl bus respond calc.sum -- jq add',
  })
}
