import type { Command } from 'commander'
import { apiLimits } from '../../contract/routes.ts'
import { UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import type { UnitQuestion } from '../local-services.ts'
import { integer } from '../option-values.ts'
import { addSubcommand } from '../parser.ts'

interface UnitOptions {
  unit?: string
  instance?: number
}

/** What the units of workers run: `exec` becomes the worker, `ended` gives back what it had at work. */
export function addUnitCommands(parser: Command, cli: Cli, done: (code: ExitCode) => void): void {
  const exec = addSubcommand(parser, 'exec', {
    summary: 'Become a worker of the configuration, as its systemd unit does',
    examples: [
      `jrctl workers exec --unit 'jr-queue-worker@Research\\x20Jr..service'`,
      'jrctl workers exec "Research Jr." --instance 2',
    ],
  })
  whose(exec, async (question) => done(await cli.local.unit.become(question)))
  const ended = addSubcommand(parser, 'ended', {
    summary: 'Give back what a worker had at work that has ended, after its systemd unit',
    examples: [`jrctl workers ended --unit 'jr-queue-worker@it_triad_jr.service'`],
  })
  whose(ended, async (question) => done(await cli.local.unit.settle(question)))
}

function whose(command: Command, act: (question: UnitQuestion) => Promise<void>): void {
  command
    .argument('[jr]', 'the worker')
    .option('--unit <name>', 'the worker whose unit this is, in place of its name')
    .option('--instance <number>', 'which instance of it (default 1)', integer(1, apiLimits.instances))
    .action(async (jr: string | undefined, options: UnitOptions) => act(questionOf(jr, options)))
}

function questionOf(jr: string | undefined, { unit, instance }: UnitOptions): UnitQuestion {
  if (jr !== undefined && unit === undefined) return { name: jr, instance: instance ?? 1 }
  if (jr === undefined && unit !== undefined && instance === undefined) return { unit }
  throw new UserError('workers: say which worker, by its name (and --instance) or by --unit', {
    hint: 'jrctl workers exec "Research Jr." --instance 2',
  })
}
