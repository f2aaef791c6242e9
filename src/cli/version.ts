import type { VersionsView } from '../contract/versions.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import type { Output } from './output.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl version`: also without a daemon, a configuration or a database. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'version',
    summary: 'Print the version, and those of what it speaks and brings along',
    examples: ['jrctl version', 'jrctl version --json | jq -r .version', 'jrctl version --licences | less'],
    details: 'That of the daemon, which may be another one, is in `jrctl status`.',
  }).option('--licences', 'print the licences of all that this program consists of instead')
  parser.action(async ({ licences = false }: { licences?: boolean }) => {
    if (licences) return cli.output.line(await cli.local.licences())
    const versions = await cli.local.versions()
    if (cli.options.json) cli.output.json(versions)
    else for (const line of versionLines(versions, cli.output)) cli.output.line(line)
  })
  return runParser(parser, cli, () => exitCode.ok)
}

const forms = { executable: 'one executable', checkout: 'a checkout' } as const

function versionLines(versions: VersionsView, output: Output): string[] {
  const { version, commit, form, platform, schemas } = versions
  const made = commit === null ? '' : `, commit ${commit}`
  const rows = [
    ['API', String(versions.apiVersion)],
    ['Node', versions.node],
    ['SQLite', versions.sqlite ?? 'cannot be loaded here: see jrctl doctor'],
    ['PostgreSQL', versions.postgresql ?? 'none is brought along'],
    ['Schemas', `queue ${schemas.queue}, local state ${schemas.state}`],
  ] as const
  return [
    `${output.style('bold', `jrctl ${version}`)} (${platform}, ${forms[form]}${made})`,
    ...rows.map(([label, value]) => `  ${output.style('dim', label.padEnd(10))}  ${value}`),
  ]
}
