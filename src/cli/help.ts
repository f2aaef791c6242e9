import type { CommandEntry } from './command.ts'
import type { Output } from './output.ts'

/** The overview that `jrctl --help` prints. */
export function overview(commands: readonly CommandEntry[], output: Output): string[] {
  const shown = commands.filter(({ hidden }) => !hidden)
  const width = Math.max(...shown.map(({ name }) => name.length))
  return [
    'jrctl runs a fleet of LLM agent workers ("Jrs") from a shared Postgres queue.',
    '',
    'Usage: jrctl COMMAND [options]',
    '',
    output.style('bold', 'Commands'),
    ...shown.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    output.style('bold', 'Options (before or after the command)'),
    '  --config PATH  the configuration file',
    '  --host URL     a daemon elsewhere (or JRCTL_HOST); its token in JRCTL_TOKEN',
    '  --json         answer as JSON, on stdout; errors as JSON on stderr',
    '  --no-color     no colours; NO_COLOR does the same',
    '  --version      print the version',
    '  --help         help, also of a command: jrctl tasks --help',
    '',
    output.style('bold', 'Examples'),
    '  jrctl demo                         a fleet at work, here and now',
    '  jrctl status                       what it is doing',
    '  jrctl tasks add "Read the logs"    give it something to do',
    '  jrctl urgent 42                    that first',
    '',
    'Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 not found, 69 daemon or database',
    'out of reach',
  ]
}
