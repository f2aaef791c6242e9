import { apiVersion } from '../contract/views.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl version` */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'version',
    summary: 'Print the version, that of Node and of the API',
    examples: ['jrctl version', 'jrctl version --json'],
  }).action(() => {
    const node = cli.nodeVersion
    if (cli.options.json) cli.output.json({ version: cli.version, node })
    else cli.output.line(`jrctl ${cli.version} (API ${apiVersion}, Node ${node})`)
  })
  return runParser(parser, cli, () => exitCode.ok)
}
