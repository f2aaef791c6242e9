import { UserError } from '../errors.ts'
import type { OptionEntry } from './manual/page.ts'

const flag = { short: null, word: null, value: null } as const

/** The options that every command takes, before its name or after it; what follows takes them out. */
export const globalOptions: readonly OptionEntry[] = [
  {
    ...flag,
    long: '--config',
    word: 'file',
    value: { kind: 'file' },
    description: 'the configuration file (or JRCTL_CONFIG)',
  },
  {
    ...flag,
    long: '--host',
    word: 'url',
    value: { kind: 'text' },
    description: 'a daemon elsewhere (or JRCTL_HOST); its token in JRCTL_TOKEN',
  },
  { ...flag, long: '--json', description: 'answer as JSON, on stdout; errors as JSON on stderr' },
  { ...flag, long: '--no-color', description: 'no colours; NO_COLOR=1 does the same' },
]

export interface SplitArguments {
  config: string | undefined
  /** `--host`. */
  host: string | undefined
  json: boolean
  colour: boolean
  /** The command's name; undefined when there is none. */
  command: string | undefined
  /** What is left for the command. */
  args: string[]
  /** Before the command's name stands an option that nobody knows: what seems to be the name may be its value. */
  isLed: boolean
}

/** What is asked of all. */
const general: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version'])

/**
 * Takes the global options out of argv, wherever they stand before a `--`, and finds the command's name.
 * Throws UserError when `--config` or `--host` has no value.
 */
export function splitArguments(argv: readonly string[]): SplitArguments {
  const split: SplitArguments = {
    config: undefined,
    host: undefined,
    json: false,
    colour: true,
    command: undefined,
    args: [],
    isLed: false,
  }
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      split.args.push(word, ...rest.splice(0))
    } else if (word === '--config' || word.startsWith('--config=')) {
      split.config = word === '--config' ? rest.shift() : word.slice('--config='.length)
      if (!split.config)
        throw new UserError('--config needs the path of a file', { hint: 'jrctl --config jrctl.toml status' })
    } else if (word === '--host' || word.startsWith('--host=')) {
      split.host = word === '--host' ? rest.shift() : word.slice('--host='.length)
      if (!split.host)
        throw new UserError('--host needs the address of a daemon', {
          hint: 'jrctl --host http://fleet.example.org:3001 status',
        })
    } else if (word === '--json') split.json = true
    else if (word === '--no-color') split.colour = false
    else if (split.command === undefined && !word.startsWith('-')) split.command = word
    else {
      split.isLed ||= split.command === undefined && !general.has(word)
      split.args.push(word)
    }
  }
  return split
}
