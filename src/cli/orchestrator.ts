import type { Command } from 'commander'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

/** `jrctl orchestrator …`: one file a subcommand in `orchestrator/`. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const finish = (result: ExitCode) => {
    code = result
  }
  const parser = createParser({
    name: 'orchestrator',
    summary: 'Look into, run and switch the autonomous cycle: monitor, decide, execute, record',
    examples: [
      'jrctl orchestrator status',
      'jrctl orchestrator run-once --dry-run',
      'jrctl orchestrator enable',
    ],
  })
  addLooking(parser, cli, finish)
  addRunning(parser, cli, finish)
  return runParser(parser, cli, () => code)
}

type Finish = (code: ExitCode) => void

const limitMax = 1_000

function addLooking(parser: Command, cli: Cli, finish: Finish): void {
  addSubcommand(parser, 'status', {
    summary: 'Say whether it runs, how healthy the fleet is, and what it did lately',
    examples: ['jrctl orchestrator status', 'jrctl orchestrator status --json | jq .cycle.passes'],
  }).action(async () => finish(await (await import('./orchestrator/status.ts')).status(cli)))

  addSubcommand(parser, 'snapshot', {
    summary: 'Show everything that a pass looks at, now',
    examples: [
      'jrctl orchestrator snapshot',
      'jrctl orchestrator snapshot --json | jrctl rules test --snapshot -',
    ],
  }).action(async () => finish(await (await import('./orchestrator/snapshot.ts')).snapshot(cli)))

  addSubcommand(parser, 'decisions', {
    summary: 'List what was decided and why, what came of it, and whether it helped',
    examples: [
      'jrctl orchestrator decisions',
      'jrctl orchestrator decisions --rule queue_saturated --limit 50',
    ],
  })
    .option('--rule <rule>', 'only those of this rule')
    .option('--limit <count>', `at most so many, the newest (1–${limitMax})`, integer(1, limitMax), 20)
    .action(async (options: { rule?: string; limit: number }) =>
      finish(await (await import('./orchestrator/decisions.ts')).decisions(cli, options)),
    )
}

function addRunning(parser: Command, cli: Cli, finish: Finish): void {
  addSubcommand(parser, 'run-once', {
    summary: 'Make one pass now, also while the cycle is switched off',
    examples: ['jrctl orchestrator run-once --dry-run', 'jrctl orchestrator run-once'],
    details:
      '\nA pass is made by the node that leads; --dry-run works on every node.\nExit code 1: an action failed.\n',
  })
    .option('--dry-run', 'only say what would be done, and why not more')
    .action(async ({ dryRun = false }: { dryRun?: boolean }) =>
      finish(await (await import('./orchestrator/run-once.ts')).runOnce(cli, dryRun)),
    )
  for (const [name, summary] of [
    ['enable', 'Switch the cycle on, for all nodes; it stays on until somebody switches it off'],
    ['disable', 'Switch the cycle off, for all nodes; supervision, assignment and rescue go on'],
  ] as const) {
    addSubcommand(parser, name, { summary, examples: [`jrctl orchestrator ${name}`] }).action(async () =>
      finish(await (await import('./orchestrator/switch.ts')).turn(cli, name)),
    )
  }
}
