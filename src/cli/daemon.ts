import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { folderPath } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

interface DaemonOptions {
  untilIdle?: boolean
  takeOver?: boolean
  stateDir?: string
}

/** `jrctl daemon`: in the foreground; systemd and a terminal alike end it with a signal. */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'daemon',
    summary: 'Run the fleet in the foreground until it is told to stop',
    examples: [
      'jrctl daemon',
      'jrctl daemon --config /etc/jrctl/config.toml',
      'jrctl daemon --until-idle',
      'jrctl daemon --take-over',
    ],
  })
    .option('--until-idle', 'end when no task of the queue wants anything any more, with a summary')
    .option('--take-over', 'have the daemon that runs hand over to this one; its workers work on meanwhile')
    .option('--state-dir <folder>', 'where its local state is, above what the configuration says', folderPath)
    .action(async ({ untilIdle, takeOver, stateDir }: DaemonOptions) => {
      code = await cli.local.daemon({ untilIdle: untilIdle === true, takeOver: takeOver === true, stateDir })
    })
  return runParser(parser, cli, () => code)
}
