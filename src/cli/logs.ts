import { apiVersion } from '../contract/views.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { timeOfLine } from '../domain/log-entry.ts'
import { namesHint } from '../domain/nearest-name.ts'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import { safe } from '../text/fit.ts'
import type { Cli } from './command.ts'
import type { NamedLog } from './local-services.ts'
import { lineShape, logLine } from './logs/line.ts'
import { type Sourced, merged } from './logs/merge.ts'
import { roomIn } from './logs/slow-reader.ts'
import { timed } from './logs/timed.ts'
import { integer } from './option-values.ts'
import type { Style } from './output.ts'
import { createParser, runParser } from './parser.ts'
import { parseSince } from './time-options.ts'

interface LogOptions {
  follow?: boolean
  since?: string
  lines?: number
  instance?: number
  raw?: boolean
}

const details = `
Rotated parts are read too, compressed ones included. Lines are made safe for a terminal, also into a pipe, for what reads
it may print it; --raw gives the bytes as they were written. With --host the daemon there reads them, for whoever has its token. --since goes by the time that a line carries in front, or its
place in a JSON line of ours; lines without one belong to the line before.
`

/** `jrctl logs [JR] [-f]`: reads the files, so it works with the daemon down; with `--host` the daemon there does. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'logs',
    summary: "Show a worker's log; without a name, the daemon's",
    examples: [
      'jrctl logs',
      'jrctl logs "Research Jr." -f',
      'jrctl logs it_triad_jr --since 10m',
      'jrctl logs "Research Jr." --instance 2 -n 1000',
      'jrctl logs "Research Jr." -f --host http://fleet.example.org:3001',
      'jrctl logs --json --since 2026-12-24T18:00 | jq -r .message',
    ],
    details,
  })
    .argument('[jr]', 'the worker; all its instances, "Research Jr. #2" is its second')
    .option('-f, --follow', 'go on as it grows, across rotations and restarts')
    .option('--since <time>', 'only after: 10m, 2h, 2026-12-24T18:00')
    .option(
      '-n, --lines <count>',
      'the last so many of each instance (1–100000); 100, or all with --since',
      integer(1, 100_000),
    )
    .option('--instance <number>', 'only this instance (1–1000)', integer(1, 1000))
    .option('--raw', 'the bytes as they were written')
    .action((jr: string | undefined, options: LogOptions) => show(cli, jr, options))
  return runParser(parser, cli, () => exitCode.ok)
}

const linesUsual = 100

async function show(cli: Cli, jr: string | undefined, options: LogOptions): Promise<void> {
  if (options.raw && cli.options.json)
    throw new UserError('--raw and --json exclude each other', { hint: 'Say one of them.' })
  const { logs, known } = await cli.local.logs.open(jr, options.instance)
  const there = await existing(logs)
  if (there.length === 0) {
    const [first] = logs
    // Nobody writes what is waited for when the name was mistyped.
    const isNobody = jr !== undefined && !known.includes(first?.jr ?? jr)
    if (!options.follow || first === undefined || isNobody) throw noLog(jr, first, known)
    cli.output.note(`Waiting for ${logs.map(({ path }) => path).join(', ')}`)
  }
  const shown = options.follow ? logs : there
  if (options.raw) await showRaw(cli, shown, options)
  else await showLines(cli, shown, options)
}

async function existing(logs: readonly NamedLog[]): Promise<NamedLog[]> {
  const there = await Promise.all(logs.map(({ reader }) => reader.exists()))
  return logs.filter((_, index) => there[index])
}

function wishOf(cli: Cli, { since, lines, follow = false }: LogOptions) {
  const sinceMs = since === undefined ? null : parseSince(since, cli.clock.wallMs())
  return { sinceMs, lines: sinceMs === null ? (lines ?? linesUsual) : null, follow, timeOf: timeOfLine }
}

async function showLines(cli: Cli, logs: readonly NamedLog[], options: LogOptions): Promise<void> {
  const wish = wishOf(cli, options)
  const signal = options.follow ? cli.interrupted() : undefined
  const sources = logs.map((log) =>
    timed(log.reader.lines(wish, signal), {
      sinceMs: wish.sinceMs,
      untimed: () =>
        cli.output.note(
          `${log.path}: its lines carry no time; shown are whole files that were written since`,
        ),
    }),
  )
  const print = printer(cli, logs)
  const last = wish.sinceMs === null || options.lines === undefined ? null : options.lines
  const batches =
    last === null || options.follow ? merged(sources) : lastOf(merged(sources), last * logs.length)
  for await (const batch of batches) await print(batch)
}

/** `--since` with `--lines`: the last of those. */
async function* lastOf(batches: AsyncIterable<Sourced[]>, count: number): AsyncIterable<Sourced[]> {
  let last: Sourced[] = []
  for await (const batch of batches) last = [...last.slice(-count), ...batch]
  yield last.slice(-count)
}

const colours: readonly Style[] = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red']

/** Lines of several instances say whose they are. */
function printer(cli: Cli, logs: readonly NamedLog[]): (batch: readonly Sourced[]) => Promise<void> {
  const { output } = cli
  const width = Math.max(0, ...logs.map(({ instance }) => `#${instance}`.length))
  const prefixes = logs.map(({ instance }, index) => {
    const label = `#${instance}`.padEnd(width)
    return logs.length === 1
      ? ''
      : `${output.style(colours[index % colours.length] ?? 'cyan', `${label} |`)} `
  })
  const textOf = ({ source, item }: Sourced): string[] => {
    const log = logs[source]
    if (item.kind === 'gap')
      output.note(`${log?.path}: ${item.bytes} bytes were rotated away and deleted before they were read`)
    if (item.kind !== 'line') return []
    if (cli.options.json)
      return [JSON.stringify({ apiVersion, ...lineShape(item, log?.jr ?? null, log?.instance ?? 1) })]
    return [`${prefixes[source]}${logLine(item, output)}`]
  }
  return async (batch) => {
    const texts = batch.flatMap(textOf)
    if (texts.length > 0) output.line(texts.join('\n'))
    await roomIn(cli.stdout)
  }
}

/** Byte for byte; so one after the other, and only one can be followed. */
async function showRaw(cli: Cli, logs: readonly NamedLog[], options: LogOptions): Promise<void> {
  if (options.since !== undefined)
    throw new UserError('--raw knows no lines, so it cannot go by their time', {
      hint: 'Leave out --since, or use --json.',
    })
  if (options.follow && logs.length > 1)
    throw new UserError('--raw follows one instance only', { hint: 'Say which: --instance 1' })
  const wish = wishOf(cli, options)
  const signal = options.follow ? cli.interrupted() : undefined
  for (const { reader } of logs) {
    for await (const piece of reader.read(wish, signal)) {
      if (piece.kind === 'bytes') cli.stdout.write(piece.bytes)
      await roomIn(cli.stdout)
    }
  }
}

function noLog(jr: string | undefined, log: NamedLog | undefined, known: readonly string[]): UserError {
  const { notFound: exit } = exitCode
  const name = log?.jr ?? jr
  if (name !== undefined && !known.includes(name))
    return new UserError(`there is no worker ${safe(name)}, and no log of one`, {
      exit,
      hint: namesHint(name, known) ?? 'No worker is configured.',
    })
  return new UserError(`there is no log yet${log === undefined ? '' : `: ${log.path}`}`, {
    exit,
    hint:
      jr === undefined
        ? 'The daemon writes it when it starts: jrctl daemon'
        : `It is written when ${safe(jr)} first runs. Why it does not: jrctl workers show ${shellWord(jr)}`,
  })
}
