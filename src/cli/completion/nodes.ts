import { commonOptions } from '../manual/common-options.ts'
import type { CommandPage, OptionEntry } from '../manual/page.ts'
import type { ValueKind } from '../manual/value-kind.ts'

/** What may follow a path of commands, as the scripts of all shells have it. */
export interface Node {
  /** `tasks add`; empty: the program itself. */
  path: string
  commands: readonly { name: string; text: string }[]
  /** Each name of an option; `value` is empty where it takes none. */
  options: readonly { name: string; value: string; text: string }[]
  /** Kinds of values, in order; a last one that ends in `+` stands for any number. */
  arguments: readonly string[]
  /** A command line of somebody's own follows a `--`. */
  takesCommand: boolean
}

/** Every path, the program itself first. */
export function nodesOf(pages: readonly CommandPage[]): Node[] {
  const shown = pages.filter(({ isHidden }) => !isHidden)
  const help = { name: 'help', text: 'Show the help of a command' }
  const root: Node = {
    path: '',
    commands: [...shown.map(commandOf), help],
    options: [...everywhere(undefined), { name: '--version', value: '', text: 'print the version' }],
    arguments: [],
    takesCommand: false,
  }
  return [root, ...shown.flatMap(nodesBelow)]
}

function nodesBelow(page: CommandPage): Node[] {
  const shown = page.commands.filter(({ isHidden }) => !isHidden)
  const node: Node = {
    path: page.path.join(' '),
    commands: shown.map(commandOf),
    options: [...page.options.flatMap(namesOf), ...everywhere(page.path[0])],
    arguments: page.arguments.map(({ value, isVariadic }) => wordOf(value) + (isVariadic ? '+' : '')),
    takesCommand: page.takesCommand,
  }
  return [node, ...shown.flatMap(nodesBelow)]
}

function commandOf({ path, summary }: CommandPage): Node['commands'][number] {
  return { name: path.at(-1) ?? '', text: summary }
}

function namesOf({ short, long, value, description }: OptionEntry): Node['options'] {
  const names = short === null ? [long] : [long, short]
  return names.map((name) => ({ name, value: value === null ? '' : wordOf(value), text: description }))
}

const help: OptionEntry = { short: '-h', long: '--help', word: null, value: null, description: 'show this' }
const everywhere = (command: string | undefined): Node['options'] =>
  [...commonOptions(command), help].flatMap(namesOf)

/** A kind of value as one word: `file`, `jr`, `one:jsonl,csv`, `list:pending,retry`. */
function wordOf(value: ValueKind): string {
  if (value.kind === 'asked') return value.of
  if (value.kind !== 'choice') return value.kind
  return `${value.isList ? 'list' : 'one'}:${value.allowed.join(',')}`
}
