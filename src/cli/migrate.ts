import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl migrate [--plan]` */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'migrate',
    summary: 'Create what the database is missing, or upgrade a legacy schema in place; safe to repeat',
    examples: ['jrctl migrate --plan', 'jrctl migrate', 'DATABASE_URL=postgresql://… jrctl migrate'],
  })
    .option('--plan', 'print the SQL and do nothing')
    .action(async ({ plan }: { plan?: boolean }) => {
      const { target, applied, sql } = await cli.local.migrate({ planOnly: plan === true })
      if (cli.options.json) return cli.output.json({ target, applied, sql })
      if (plan) return cli.output.line(sql === '' ? '-- Nothing to do.' : sql)
      for (const name of applied) cli.output.line(name)
      cli.output.note(applied.length === 0 ? `${target} is up to date.` : `${target} is migrated.`)
    })
  return runParser(parser, cli, () => exitCode.ok)
}
