import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { filePath } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

/** `jrctl rules list | test | explain`: one file each in `rules/`. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'rules',
    summary: 'Show, try and explain the rules of the autonomous cycle',
    examples: ['jrctl rules list', 'jrctl rules test', 'jrctl rules explain queue_saturated'],
  })
  addSubcommand(parser, 'list', {
    summary: 'List the rules, built-in ones and your own, with those that rest',
    examples: ['jrctl rules list', 'jrctl rules list --json | jq .rules'],
  }).action(async () => (await import('./rules/list.ts')).list(cli))
  addSubcommand(parser, 'test', {
    summary: 'Say what would be decided on a snapshot, and why nothing else; nothing is done',
    examples: [
      'jrctl rules test',
      'jrctl orchestrator snapshot --json | jrctl rules test --snapshot -',
      'jrctl rules test --config new.toml --snapshot - < monday.json',
    ],
  })
    .option(
      '--snapshot <file>',
      'a saved one ("-": from stdin); else one is taken now, by the daemon',
      filePath,
    )
    .action(async (options: { snapshot?: string }) =>
      (await import('./rules/test.ts')).test(cli, options.snapshot),
    )
  addSubcommand(parser, 'explain', {
    summary: 'Say what a rule looks at, when it fires, what it does and within which limits',
    examples: ['jrctl rules explain oldest_waiting', 'jrctl rules explain health_critical --json'],
  })
    .argument('<rule>', 'its name, as `jrctl rules list` tells it')
    .action(async (name: string) => (await import('./rules/explain.ts')).explain(cli, name))
  return runParser(parser, cli, () => exitCode.ok)
}
