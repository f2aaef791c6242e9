import { Option } from 'commander'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { scopeOf } from './install.ts'
import { carryOut } from './install/carry-out.ts'
import { folderPath } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface Given {
  system?: boolean
  user?: boolean
  root?: string
  keepWorkers?: boolean
  purge?: boolean
  dryRun?: boolean
  yes?: boolean
}

const details = `
The daemon is stopped as always: what runs may finish (30 s), then its workers are ended, and an embedded database is stopped; so
is what a dead daemon has left running. State that a daemon outside of the units works with is never deleted. Units
that jrctl did not write, and drop-ins of yours, are left. So are configuration, state and logs, unless you say --purge.
`

/** `jrctl uninstall`: takes back what `jrctl install` did. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'uninstall',
    summary: 'Stop the fleet and take away what install made; keeps configuration, state and logs',
    details,
    examples: ['sudo jrctl uninstall --dry-run', 'jrctl uninstall --user', 'sudo jrctl uninstall --purge'],
  })
    .addOption(new Option('--system', 'units of the machine (the default for root)').conflicts('user'))
    .option('--user', "units of this account's own (the default for everybody else)")
    .option('--root <folder>', 'of another root, such as an image', folderPath)
    .option('--keep-workers', 'workers work on, without a daemon; the next one adopts them')
    .option('--purge', 'delete configuration, state (with an embedded database: the queue) and logs as well')
    .option('-n, --dry-run', 'show what would be done; change nothing')
    .option('-y, --yes', 'do not ask')
    .action(async (given: Given) => {
      const { root, keepWorkers = false, purge = false } = given
      const prepared = await cli.local.install.planRemoval({
        scope: scopeOf(given),
        root,
        keepWorkers,
        purge,
      })
      code = await carryOut(cli, prepared, {
        dryRun: given.dryRun ?? false,
        yes: given.yes ?? false,
        command: 'uninstall',
        question: purge ? 'Do that, and delete for good what is said to be deleted?' : 'Do that?',
      })
    })
  return runParser(parser, cli, () => code)
}
