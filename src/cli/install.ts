import { Option } from 'commander'
import type { Scope } from '../domain/install/layout.ts'
import type { Profile } from '../domain/install/record.ts'
import { profileWords } from '../domain/units/profile-words.ts'
import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { carryOut } from './install/carry-out.ts'
import type { InstallOptions } from './install/service.ts'
import { folderPath, oneOf, words } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface Given {
  system?: boolean
  user?: boolean
  profile?: Profile
  account?: string
  enable?: boolean
  after?: string[]
  cron?: boolean
  prefix?: string
  root?: string
  replaceUnits?: string[]
  replaceProcesses?: string[]
  force?: boolean
  dryRun?: boolean
  yes?: boolean
}

const profiles: readonly Profile[] = ['standard', 'hardened']

const details = `
What it does is shown first, as a plan with every file that changes, and asked about. A second run has nothing to do; one that was
cut off is gone on with. Units that somebody has changed are never overwritten unasked: settings of your own last in drop-ins
(systemctl edit jr-orchestrator).

Profiles:
${Object.entries(profileWords).map(profileLines).join('\n')}

A configuration is begun where there is none (/etc/jrctl/config.toml, or ~/.config/jrctl/config.toml); --config names another.
Secrets belong in the file "environment" beside it (mode 0600: DATABASE_URL=…) or in password_file. Commands that use that
configuration look where the units look, and know those variables where they may read them (sudo jrctl doctor, sudo jrctl migrate).
`

function profileLines([name, lines]: [string, readonly string[]]): string {
  return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(11)}${line}`).join('\n')
}

/** `jrctl install`: puts the fleet under systemd, or its health check under cron. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'install',
    summary: 'Put the fleet under systemd (or cron); shows what it would do and asks',
    details,
    examples: [
      'sudo jrctl install --dry-run',
      'sudo jrctl install --account jrctl --after postgresql.service --enable',
      'sudo jrctl install --profile hardened --enable --yes',
      'jrctl install --user --enable',
      'sudo jrctl install --enable --replace-units jr-queue-worker,jr-auto-assigner --replace-processes jr_queue_worker.py',
      'jrctl install --cron',
    ],
  })
    .addOption(new Option('--system', 'units of the machine (the default for root)').conflicts('user'))
    .option('--user', "units of this account's own (the default for everybody else)")
    .option(
      '--profile <name>',
      'how far the daemon is shut in; by default as before, else standard',
      oneOf(profiles),
    )
    .option('--account <name>', 'as whom the fleet runs (by default jrctl or jr, where there is one)')
    .option('--enable', 'start it now, and with every start of the machine')
    .option('--after <list>', 'units of the database and of the LLM server, which start first', words)
    .option('--cron', 'have cron run the health check, instead of a timer; once installed so, it stays so')
    .option('--no-cron', 'back to the timer; the lines for cron are taken out')
    .option('--prefix <folder>', 'copy the executable to FOLDER/bin/jrctl', folderPath)
    .option('--root <folder>', 'install into another root, such as an image; starts nothing', folderPath)
    .option(
      '--replace-units <list>',
      'units of an old fleet, which are stopped and disabled first',
      gather(words),
    )
    .option(
      '--replace-processes <text>',
      'workers started by hand, whose command lines contain this, are ended first',
      gather((text) => [text]),
    )
    .option('--force', "set files aside that are somebody's, and write ours")
    .option('-n, --dry-run', 'show what would be done, with every file; change nothing')
    .option('-y, --yes', 'do not ask')
    .action(async (given: Given) => {
      check(given)
      const prepared = await cli.local.install.plan(optionsOf(given))
      code = await carryOut(cli, prepared, {
        dryRun: given.dryRun ?? false,
        yes: given.yes ?? false,
        command: 'install',
        question: 'Do that?',
      })
    })
  return runParser(parser, cli, () => code)
}

function gather(parse: (text: string) => string[]): (text: string, before?: string[]) => string[] {
  return (text, before = []) => [...before, ...parse(text)]
}

function check({ enable, cron, replaceUnits, replaceProcesses, root }: Given): void {
  const replaces = replaceUnits !== undefined || replaceProcesses !== undefined
  if (replaces && enable !== true && cron !== true)
    throw new UserError('an old fleet is replaced by one that is started', {
      hint: 'Add --enable: the old one is switched off first, then the new one is started.',
    })
  if (root !== undefined && (cron === true || replaceProcesses !== undefined))
    throw new UserError('--cron and --replace-processes are about this machine, and --root about another', {
      hint: 'Leave out one of them.',
    })
}

function optionsOf(given: Given): InstallOptions {
  return {
    scope: scopeOf(given),
    profile: given.profile,
    account: given.account,
    enable: given.enable ?? false,
    after: given.after,
    cron: given.cron,
    prefix: given.prefix,
    root: given.root,
    replaceUnits: given.replaceUnits ?? [],
    replaceProcesses: given.replaceProcesses ?? [],
    force: given.force ?? false,
  }
}

export function scopeOf({ system, user }: { system?: boolean; user?: boolean }): Scope | undefined {
  if (system === true) return 'system'
  return user === true ? 'user' : undefined
}
