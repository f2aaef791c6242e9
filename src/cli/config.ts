import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'
import { tableLines } from './table.ts'
import { safe } from '../text/fit.ts'
import { timestamp, timestampIn } from '../text/format.ts'
import type { WindowView } from '../domain/cycle/windows.ts'

/** `jrctl config example | check | show | schema` */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'config',
    summary: 'Begin a configuration, check it, show what is in force, print its schema',
    examples: ['jrctl config example > jrctl.toml', 'jrctl config check', 'jrctl config show'],
  })
  addSubcommand(parser, 'example', {
    summary: 'Print a configuration to begin from: valid, and every key with its default and reason',
    examples: ['jrctl config example > jrctl.toml', 'jrctl config example | less'],
  }).action(async () => {
    // A document of its own, whatever --json says.
    cli.output.line((await cli.local.config.example()).trimEnd())
  })
  addSubcommand(parser, 'check', {
    summary: 'Check the configuration; every mistake with file, line and key',
    examples: ['jrctl config check', 'jrctl config check --config new.toml'],
  }).action(() => check(cli))
  addSubcommand(parser, 'show', {
    summary: 'Show every key in force and where its value comes from; secrets are masked',
    examples: ['jrctl config show', 'jrctl config show --json'],
  }).action(() => show(cli))
  addSubcommand(parser, 'schema', {
    summary: 'Print the JSON Schema, from which editors complete',
    examples: ['jrctl config schema', 'jrctl config schema > jrctl.schema.json'],
  }).action(async () => {
    // The schema is a document of its own: no apiVersion, and no less for --json.
    cli.output.line(JSON.stringify(await cli.local.config.schema(), null, 2))
  })
  return runParser(parser, cli, () => exitCode.ok)
}

async function check(cli: Cli): Promise<void> {
  const { path, warnings, workers, layers, schedules, windows } = await cli.local.config.check()
  if (cli.options.json)
    return cli.output.json({ valid: true, path, workers, layers, schedules, windows, warnings })
  for (const warning of warnings) cli.output.note(`warning: ${warning}`)
  const where = path ?? 'No file was found; defaults and environment'
  cli.output.line(
    `${where}: valid, ${workers.length === 0 ? 'no workers' : `workers ${workers.map(safe).join(', ')}`}`,
  )
  // One layer starts all at once: there is no order to tell.
  if (layers.length > 1)
    cli.output.line(`boot order: ${layers.map((names) => names.map(safe).join(', ')).join(' → ')}`)
  for (const { worker, timezone, next } of schedules) {
    const times = next.map((time) => timestampIn(time, timezone)).join(', ')
    cli.output.line(`next runs of ${safe(worker)}, ${timezone ?? "the host's time"}: ${times}`)
  }
  for (const window of windows)
    cli.output.line(`window of ${safe(window.channel)}, the host's time: ${windowWords(window)}`)
}

/** `closed until 2026-11-22 18:00:00, strict` */
function windowWords({ isOpen, strict, opensAt, closesAt }: WindowView): string {
  const until = isOpen ? closesAt : opensAt
  const standing = isOpen ? 'open' : 'closed'
  return `${standing} ${until === null ? 'for ever' : `until ${timestamp(until)}`}${strict ? ', strict' : ''}`
}

async function show(cli: Cli): Promise<void> {
  const { path, settings } = await cli.local.config.show()
  if (cli.options.json) return cli.output.json({ path, settings })
  const rows = settings.map(({ key, value, source }) => [
    key,
    safe(typeof value === 'string' ? value : JSON.stringify(value)),
    safe(source),
  ])
  const columns = [{ title: 'KEY' }, { title: 'VALUE', flexible: true }, { title: 'FROM' }]
  for (const line of tableLines(
    columns,
    rows,
    // Whole values, however wide: who asks for the configuration in force wants to copy it.
    { ...cli.output, columns: Number.POSITIVE_INFINITY },
    0,
  ))
    cli.output.line(line)
}
