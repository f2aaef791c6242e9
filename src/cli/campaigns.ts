import type { Command } from 'commander'
import { campaignStatuses } from '../domain/campaign.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer, nonNegative, oneOf } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

/** `jrctl campaigns …`: one file a subcommand in `campaigns/`. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const finish = (result: ExitCode) => {
    code = result
  }
  const parser = createParser({
    name: 'campaigns',
    summary: 'Add, list and change campaigns, which tasks may belong to',
    examples: [
      'jrctl campaigns add "Spring" --budget 500 --ends 2026-04-01',
      'jrctl campaigns list --active',
      'jrctl campaigns set Spring --status paused',
    ],
  })
  addWriting(parser, cli, finish)
  addListing(parser, cli, finish)
  return runParser(parser, cli, () => code)
}

type Finish = (code: ExitCode) => void

function addWriting(parser: Command, cli: Cli, finish: Finish): void {
  const add = addSubcommand(parser, 'add', {
    summary: 'Add a campaign; while it is active and has a budget above 100, the cycle schedules its tasks',
    examples: [
      'jrctl campaigns add "Spring" --budget 500',
      'jrctl campaigns add Advent --budget 1200 --starts 2026-12-01 --ends 2026-12-25',
    ],
  })
  addFieldOptions(add.argument('<name>', 'what it is to be called'), { isNew: true }).action(
    async (name: string, options: object) =>
      finish(await (await import('./campaigns/add.ts')).add(cli, name, options)),
  )

  const set = addSubcommand(parser, 'set', {
    summary: 'Change a campaign, which is named by its number or its name',
    examples: [
      'jrctl campaigns set 3 --budget 800',
      'jrctl campaigns set Spring --status paused',
      'jrctl campaigns set Spring --ends never --name "Spring and summer"',
    ],
  })
  addFieldOptions(set.argument('<campaign>', 'which, by its number or its name'), { isNew: false })
    .option('--name <text>', 'another name')
    .action(async (campaign: string, options: object) =>
      finish(await (await import('./campaigns/set.ts')).set(cli, campaign, options)),
    )
}

function addFieldOptions(command: Command, { isNew }: { isNew: boolean }): Command {
  return command
    .option('--budget <amount>', `its budget, from 0${isNew ? ' (default 0)' : ''}`, nonNegative)
    .option('--starts <time>', 'active from then on: +2d, 2026-12-24, 2026-12-24T18:00, or now')
    .option('--ends <time>', 'active until then, or "never"; a date alone is its first moment')
    .option(
      '--status <status>',
      `${campaignStatuses.join(', ')}${isNew ? ' (default active)' : ''}`,
      oneOf(campaignStatuses),
    )
}

function addListing(parser: Command, cli: Cli, finish: Finish): void {
  addSubcommand(parser, 'list', {
    summary: 'List campaigns, newest first',
    examples: ['jrctl campaigns list', 'jrctl campaigns list --active --json'],
  })
    .option('--active', 'only those that are active now')
    .option('--limit <count>', 'at most so many (1–1000)', integer(1, 1000), 50)
    .option(
      '--before <number>',
      'only numbers below this one, to page on',
      integer(1, Number.MAX_SAFE_INTEGER),
    )
    .action(async (options: object) => finish(await (await import('./campaigns/list.ts')).list(cli, options)))
}
