import { UserError } from '../errors.ts'

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
}

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
    else split.args.push(word)
  }
  return split
}
