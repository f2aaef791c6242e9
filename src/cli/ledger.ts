import type { Command } from 'commander'
import type { ApiClient } from '../client/client.ts'
import type { Inputs } from '../contract/inputs.ts'
import type { TaskId } from '../domain/ids.ts'
import { ledgerEventTypes, ledgerLevels, type LedgerLevel } from '../domain/ledger-event.ts'
import { nearestName } from '../domain/nearest-name.ts'
import { exitCode, type ExitCode, UserError } from '../errors.ts'
import { safe } from '../text/fit.ts'
import type { Cli } from './command.ts'
import { followEvents, isAway } from './follow-events.ts'
import { entryLine } from './ledger-lines.ts'
import { type ReplayOptions, replay } from './ledger-replay.ts'
import { type VerifyOptions, verify } from './ledger-verify.ts'
import { filePath, integer, oneOf, taskIdValue } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'
import { Sequence } from './sequence.ts'
import { parseSince } from './time-options.ts'

interface LedgerOptions {
  follow?: boolean
  type?: string
  task?: TaskId
  worker?: string
  level?: LedgerLevel
  since?: string
  before?: number
  limit: number
}

/** `jrctl ledger [verify | replay]` */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'ledger',
    summary: 'Show what happened: who did what, and why',
    examples: [
      'jrctl ledger',
      'jrctl ledger --follow --type "task.*"',
      'jrctl ledger --task 42 --json',
      'jrctl ledger verify',
      'jrctl ledger replay --check',
    ],
  })
    .option('-f, --follow', 'go on as it grows')
    .option('--type <event>', 'only this type of event; task.* means all that begin so')
    .option('--task <id>', 'only what concerns this task', taskIdValue)
    .option('--worker <jr>', 'only what concerns this worker')
    .option('--level <level>', `only of this level: ${ledgerLevels.join(', ')}`, oneOf(ledgerLevels))
    .option('--since <time>', 'only after: 10m, 2h, 2026-12-24')
    .option(
      '--before <entry>',
      'only entries before the one with this number',
      integer(1, Number.MAX_SAFE_INTEGER),
    )
    .option('-n, --limit <count>', 'the last so many (1–10000)', integer(1, 10_000), 50)
    .action((options: LedgerOptions) => read(cli, options))
  addSubcommand(parser, 'verify', {
    summary: 'Check the chain of hashes from the first entry to the last, also without a daemon',
    examples: [
      'jrctl ledger verify',
      'jrctl ledger verify --json',
      'jrctl ledger verify --file ./state.sqlite.damaged-20261121T130507Z',
    ],
  })
    .option('--file <file>', "that of this state file, which is only read, instead of the daemon's", filePath)
    .action(async (options: VerifyOptions) => {
      code = await verify(cli, options)
    })
  addSubcommand(parser, 'replay', {
    summary: 'Tell the state of every task from the ledger alone, or check it against the queue',
    examples: ['jrctl ledger replay --task 42', 'jrctl ledger replay --check'],
  })
    .option('--task <id>', 'only this task', taskIdValue)
    .option('--check', 'compare with the table instead; exit 1 when they differ')
    .action(async (_: ReplayOptions, command: Command) => {
      // `--task` is the parent's too, which takes it wherever it stands.
      code = await replay(cli, command.optsWithGlobals<ReplayOptions>())
    })
  return runParser(parser, cli, () => code)
}

type Filter = Inputs['readLedger']

async function read(cli: Cli, options: LedgerOptions): Promise<void> {
  const client = await cli.client()
  const filter: Filter = {
    limit: options.limit,
    ...(options.type ? { type: options.type } : {}),
    ...(options.task ? { taskId: options.task } : {}),
    ...(options.worker ? { worker: options.worker } : {}),
    ...(options.level ? { level: options.level } : {}),
    ...(options.before ? { beforeId: options.before } : {}),
    ...(options.since ? { since: parseSince(options.since, cli.clock.wallMs()) } : {}),
  }
  if (options.follow && options.before !== undefined)
    throw new UserError('--follow goes on from the newest entry, --before looks back: choose one of them')
  if (options.follow) return follow(cli, client, filter)
  const answer = await client.call('readLedger', filter)
  if (cli.options.json) cli.output.json(answer)
  else if (answer.entries.length === 0) cli.output.note(noneLike(options.type))
  else for (const entry of answer.entries) cli.output.line(entryLine(entry, cli.output))
}

/** A type that was mistyped finds nothing, as one does that has not come about yet. */
function noneLike(type: string | undefined): string {
  const none = 'No entry is like that.'
  if (type === undefined || type.endsWith('*') || ledgerEventTypes.some((known) => known === type))
    return none
  const meant = nearestName(type, ledgerEventTypes)
  return `${none} No type is called "${safe(type)}"${meant === null ? '' : `; did you mean ${meant}?`}`
}

/** Each hint of the stream makes it read on from the last entry it has, so that nothing is lost when the stream is. */
async function follow(cli: Cli, client: ApiClient, filter: Filter): Promise<void> {
  const interrupt = cli.interrupted()
  const failed = new AbortController()
  let next = filter
  const readOn = new Sequence(async () => {
    const { entries } = await client.call('readLedger', next)
    for (const entry of entries) {
      if (cli.options.json) cli.output.json({ entry })
      else cli.output.line(entryLine(entry, cli.output))
    }
    const last = entries.at(-1)
    if (last) next = { ...filter, limit: followLimit, afterId: last.id }
  })
  // What could not be read while the daemon was away is when it is back.
  const readOnSoon = () => void readOn.run().catch((error: unknown) => isAway(error) || failed.abort(error))
  await followEvents(
    cli,
    client,
    ({ event }) => {
      if (event === 'change') return
      readOnSoon()
    },
    AbortSignal.any([interrupt, failed.signal]),
    readOnSoon,
  )
  if (failed.signal.aborted) throw failed.signal.reason
}

/** Entries a read while following; what is beyond comes with the next. */
const followLimit = 10_000
