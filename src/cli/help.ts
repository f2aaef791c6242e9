import type { CommandEntry } from './command.ts'
import { wrap } from '../text/wrap.ts'
import { globalRows, rowLines, type Row } from './manual/help-lines.ts'
import type { Output } from './output.ts'

/** What `jrctl` is, in a line. */
export const whatItIs = 'jrctl runs a fleet of LLM agent workers ("Jrs") from a shared Postgres queue.'

export const exitCodes: readonly Row[] = [
  ['0', 'ok'],
  ['1', 'failed'],
  ['2', 'wrong usage'],
  ['3', 'not found'],
  ['69', 'daemon or database out of reach'],
]

const columns = 80

/** The overview that `jrctl --help` prints. */
export function overview(commands: readonly CommandEntry[], output: Output): string[] {
  const shown = commands.filter(({ hidden }) => !hidden)
  const heading = (title: string) => output.style('bold', `${title}:`)
  return [
    whatItIs,
    '',
    `${output.style('bold', 'Usage:')} jrctl COMMAND [options]`,
    '',
    heading('Commands'),
    ...rowLines(
      shown.map(({ name, summary }) => [name, summary]),
      columns,
    ),
    '',
    heading('Options (before or after the command)'),
    ...rowLines(
      [
        ...globalRows(),
        ['--version', 'print the version'],
        ['-h, --help', 'help, also of a command: jrctl tasks add --help'],
      ],
      columns,
    ),
    '',
    heading('Examples'),
    ...examples.map(([line, meaning]) => `  ${line.padEnd(34)} ${meaning}`),
    '',
    ...wrap(`Exit codes: ${exitCodes.map((row) => row.join(' ')).join(', ')}`, columns),
  ]
}

const examples = [
  ['jrctl demo', 'a fleet at work, here and now'],
  ['jrctl status', 'what it is doing'],
  ['jrctl tasks add "Read the logs"', 'give it something to do'],
  ['jrctl urgent 42', 'that first'],
] as const
