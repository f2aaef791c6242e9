import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { folderPath, integer } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

interface DemoOptions {
  untilIdle?: boolean
  tasks?: number
  stateDir?: string
  top?: boolean
}

/** `jrctl demo`, and what its sample Jrs run for each task (`demo report`, `demo legacy-worker`). */
export async function run(cli: Cli): Promise<ExitCode> {
  // Runs once a task, several hundred times: no parser on its way.
  if (cli.args[0] === 'report' && cli.args.length === 1) return (await cli.local.demo.report()) as ExitCode
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'demo',
    summary: 'Run a sample fleet here: embedded PostgreSQL, four Jrs, tasks on real files',
    examples: ['jrctl demo', 'jrctl demo --top', 'jrctl demo --until-idle', 'jrctl demo --tasks 50'],
  })
    .option('--top', 'show the fleet live in this terminal; to leave it ends the demo')
    .option('--until-idle', 'end when every task is done, with a summary')
    .option('--tasks <count>', 'add only so many of the sample tasks', integer(1, 100_000))
    .option('--state-dir <folder>', 'where its state is kept (default ./.jrctl)', folderPath)
    .action(async ({ untilIdle, tasks, stateDir, top }: DemoOptions) => {
      code = await cli.local.demo.run({ untilIdle: untilIdle === true, tasks, stateDir, top: top === true })
    })
  addSubcommand(parser, 'legacy-worker', {
    summary: 'A worker that knows only the legacy SQL, for the sample fleet',
    examples: [
      'jrctl demo legacy-worker it_triad_jr',
      'DATABASE_URL=postgresql://… jrctl demo legacy-worker it_triad_jr',
    ],
  })
    .argument('<jr>', 'the Jr whose tasks it takes')
    .action(async (name: string) => {
      code = (await cli.local.demo.legacyWorker(name)) as ExitCode
    })
  return runParser(parser, cli, () => code)
}
