import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl reload`: as SIGHUP, but with an answer. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'reload',
    summary: 'Have the daemon read its configuration again; only changed workers restart',
    examples: ['jrctl reload', 'jrctl config check && jrctl reload'],
  }).action(async () => {
    const answer = await (await cli.client()).call('reload', {})
    if (cli.options.json) cli.output.json(answer)
    else
      cli.output.line(
        answer.changed.length === 0 ? 'Nothing has changed.' : `Changed: ${answer.changed.join(', ')}.`,
      )
  })
  return runParser(parser, cli, () => exitCode.ok)
}
