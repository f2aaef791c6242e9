import type { Command } from 'commander'
import type { DeadLetterId } from '../domain/dead-letter.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { addFilterOptions, idArgument, idArguments, limitOption } from './dlq/options.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

/** `jrctl dlq …`: one file a subcommand in `dlq/`. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const finish = (result: ExitCode) => {
    code = result
  }
  const parser = createParser({
    name: 'dlq',
    summary: 'Look at, replay and purge the dead letters: work that was given up',
    examples: [
      'jrctl dlq list --since 1h',
      'jrctl dlq show 42',
      'jrctl dlq replay --jr "Research Jr." --dry-run',
    ],
  })
  addReading(parser, cli, finish)
  addSettling(parser, cli, finish)
  return runParser(parser, cli, () => code)
}

type Finish = (code: ExitCode) => void

/** So many letters are shown, or settled, at most in one call. */
const listMax = 1_000
const settleMax = 100_000

function addReading(parser: Command, cli: Cli, finish: Finish): void {
  const list = addSubcommand(parser, 'list', {
    summary: 'List dead tasks, runs and workers, the newest first',
    examples: [
      'jrctl dlq list',
      'jrctl dlq list --jr "Research Jr." --since 2h',
      'jrctl dlq list --search timeout --json',
    ],
  })
  addFilterOptions(list)
    .option('--limit <count>', `at most so many (1–${listMax})`, limitOption(listMax), 50)
    .action(async (options: { limit: number }) =>
      finish(await (await import('./dlq/list.ts')).list(cli, options)),
    )

  addSubcommand(parser, 'show', {
    summary: 'Show a dead letter: its error, each attempt with its cause, payload and result',
    examples: ['jrctl dlq show 42', 'jrctl dlq show 42 --json | jq .attempts'],
  })
    .addArgument(idArgument())
    .action(async (id: DeadLetterId) => finish(await (await import('./dlq/show.ts')).show(cli, id)))
}

const settling = [
  {
    name: 'replay',
    summary: 'Do dead tasks again, from their first attempt; asking twice does nothing twice',
    examples: [
      'jrctl dlq replay 42',
      'jrctl dlq replay --search timeout --dry-run',
      'jrctl dlq replay --all --yes',
    ],
    all: 'every dead task',
  },
  {
    name: 'purge',
    summary: 'Delete dead tasks with their attempts from the queue, for good',
    examples: [
      'jrctl dlq purge 42',
      'jrctl dlq purge --search "no such file" --dry-run',
      'jrctl dlq purge --all --yes',
    ],
    all: 'every dead letter',
  },
] as const

function addSettling(parser: Command, cli: Cli, finish: Finish): void {
  for (const { name, summary, examples, all } of settling) {
    const command = addSubcommand(parser, name, { summary, examples })
    addFilterOptions(command.option('--all', all))
      .option('--limit <count>', `at most so many, the newest (1–${settleMax})`, limitOption(settleMax))
      .option('--dry-run', 'only say how many and which')
      .option('-y, --yes', 'do not ask')
      .addArgument(idArguments())
      .action(async (ids: DeadLetterId[] | undefined, options: object) =>
        finish(await (await import('./dlq/settle.ts')).settle(cli, name, ids ?? [], options)),
      )
  }
}
