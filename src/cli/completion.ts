import type { Command } from 'commander'
import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { commands } from './commands.ts'
import type { Node } from './completion/nodes.ts'
import { gatherPages } from './manual/gather.ts'
import { askedKinds, type AskedKind } from './manual/value-kind.ts'
import { oneOf } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'

/** `jrctl completion bash | zsh | fish`, and what their scripts ask: `completion values`. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'completion',
    summary: 'Print what makes a shell complete jrctl: bash, zsh or fish',
    examples: ['source <(jrctl completion bash)', 'jrctl completion zsh > ~/.zfunc/_jrctl'],
    details: `
Commands, options and words are known to the script. The names of Jrs, tasks (by their ids), dead letters, rules,
campaigns and topics are asked of the daemon when they are wanted; where none answers within 0.3 s there are none.
Print it anew after an upgrade.
`,
  })
  for (const shell of shells) addShell(parser, cli, shell)
  addValues(parser, cli)
  return runParser(parser, cli, () => exitCode.ok)
}

interface Shell {
  name: string
  summary: string
  examples: readonly string[]
  details?: string
  load: () => Promise<(nodes: readonly Node[]) => string>
}

const shells: readonly Shell[] = [
  {
    name: 'bash',
    summary: 'Print the script for bash (4.4 and later); it needs no other package',
    examples: [
      'source <(jrctl completion bash)',
      'jrctl completion bash > ~/.local/share/bash-completion/completions/jrctl',
    ],
    details:
      'The last line is for who has the package bash-completion, which then reads the script when it is wanted.',
    load: async () => (await import('./completion/bash.ts')).bashScript,
  },
  {
    name: 'zsh',
    summary: 'Print the script for zsh',
    examples: ['jrctl completion zsh > ~/.zfunc/_jrctl', 'source <(jrctl completion zsh)'],
    details: `
As a file _jrctl it belongs into a folder that fpath names before compinit is called, for instance with
fpath=(~/.zfunc $fpath) in ~/.zshrc; the second line works after compinit.
`,
    load: async () => (await import('./completion/zsh.ts')).zshScript,
  },
  {
    name: 'fish',
    summary: 'Print the script for fish',
    examples: [
      'jrctl completion fish > ~/.config/fish/completions/jrctl.fish',
      'jrctl completion fish | source',
    ],
    load: async () => (await import('./completion/fish.ts')).fishScript,
  },
]

function addShell(parser: Command, cli: Cli, { name, load, ...text }: Shell): void {
  addSubcommand(parser, name, text).action(async () => {
    const [script, { nodesOf }, pages] = await Promise.all([
      load(),
      import('./completion/nodes.ts'),
      gatherPages(cli, commands),
    ])
    cli.output.line(script(nodesOf(pages)).trimEnd())
  })
}

function addValues(parser: Command, cli: Cli): void {
  addSubcommand(parser, 'values', {
    summary: 'Print values of a kind with what they mean, for the scripts',
    examples: ['jrctl completion values jr', 'jrctl completion values task -- 4'],
    hidden: true,
  })
    .argument('<kind>', 'of what kind', oneOf(askedKinds))
    .argument('[prefix]', 'what they begin with')
    .action(async (kind: AskedKind, prefix = '') =>
      (await import('./completion/values.ts')).printValues(cli, kind, prefix),
    )
}
