import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { logLine, lineTimeMs } from './logs/line.ts'
import { LogTail, readTail } from './logs/tail.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'
import { parseSince } from './time-options.ts'

interface LogOptions {
  follow?: boolean
  since?: string
  lines: number
}

/** `jrctl logs [JR] [-f]`: reads the files, so it works with the daemon down. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'logs',
    summary: "Show a worker's log; without a name, the daemon's",
    examples: ['jrctl logs', 'jrctl logs "Research Jr." -f', 'jrctl logs it_triad_jr --since 10m -n 1000'],
  })
    .argument('[jr]', 'the worker; "Research Jr. #2" is its second instance')
    .option('-f, --follow', 'go on as it grows')
    .option('--since <time>', 'only after: 10m, 2h, 2026-12-24T18:00')
    .option('-n, --lines <count>', 'the last so many (1–100000)', integer(1, 100_000), 100)
    .action((jr: string | undefined, options: LogOptions) => show(cli, jr, options))
  return runParser(parser, cli, () => exitCode.ok)
}

/** Often enough to look live, and nothing beside what the terminal costs. */
const lookAgainMs = 250

async function show(cli: Cli, jr: string | undefined, options: LogOptions): Promise<void> {
  const { path, known } = await cli.local.logs.file(jr)
  const since = options.since === undefined ? undefined : parseSince(options.since, cli.clock.wallMs())
  const tail = await readTail(path, options.lines)
  if (tail === undefined && !options.follow) throw noLog(path, jr, known)
  const print = printer(cli, since)
  for (const line of tail?.lines ?? []) print(line)
  if (!options.follow) return
  if (tail === undefined) cli.output.note(`Waiting for ${path}`)
  await follow(cli, new LogTail(path, tail?.end ?? 0), print)
}

async function follow(cli: Cli, tail: LogTail, print: (line: string) => void): Promise<void> {
  const signal = cli.interrupted()
  try {
    while (!signal.aborted) {
      for (const line of await tail.more()) print(line)
      await cli.clock.sleep(lookAgainMs, signal).catch(() => {})
    }
  } finally {
    await tail.close()
  }
}

/** A line without a time of its own belongs to the one before it. */
function printer(cli: Cli, since: number | undefined): (line: string) => void {
  let shown = since === undefined
  return (line) => {
    const time = since === undefined ? undefined : lineTimeMs(line)
    if (since !== undefined && time !== undefined) shown = time >= since
    if (shown) cli.output.line(cli.options.json ? line : logLine(line, cli.output))
  }
}

function noLog(path: string, jr: string | undefined, known: readonly string[]): UserError {
  const hint = known.length === 0 ? 'No worker is configured.' : `Workers: ${known.join(', ')}.`
  return new UserError(`there is no log yet: ${path}`, {
    exit: exitCode.notFound,
    hint: jr === undefined ? 'The daemon writes it when it starts: jrctl daemon' : hint,
  })
}
