import { exitCode, UserError, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { integer } from './option-values.ts'
import { createParser, runParser } from './parser.ts'

/**
 * `jrctl progress 40 "half way"`, within a task's command: says it as the line that `jrctl work` reads there. So it needs no
 * daemon, but its stdout must be the command's own.
 */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'progress',
    summary: "Report a task's progress, from within its command",
    examples: ['jrctl progress 40', 'jrctl progress 40 "half way through the files"'],
  })
    .argument('<percent>', 'how much is done (0–100)', integer(0, 100))
    .argument('[note]', 'what is being done')
    .action((percent: number, note: string | undefined) => {
      if (cli.env['JR_TASK_ID'] === undefined) throw outsideTask()
      // A note is one line: what follows a line break would be output of the command.
      cli.output.line(`::progress ${percent} ${(note ?? '').replaceAll(/\s+/g, ' ')}`.trimEnd())
    })
  return runParser(parser, cli, () => exitCode.ok)
}

function outsideTask(): UserError {
  return new UserError('progress: JR_TASK_ID is not set, so this is no task’s command', {
    hint: 'Call it from what `jrctl work JR -- COMMAND` runs.',
  })
}
