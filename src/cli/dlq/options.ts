import { Argument, InvalidArgumentError, type Command } from 'commander'
import type { Inputs } from '../../contract/inputs.ts'
import {
  deadLetterKinds,
  parseDeadLetterId,
  type DeadLetterId,
  type DeadLetterKind,
} from '../../domain/dead-letter.ts'
import { integer, listOf } from '../option-values.ts'
import { parseSince } from '../time-options.ts'

export interface FilterOptions {
  jr?: string
  search?: string
  since?: string
  kind?: DeadLetterKind[]
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--jr <jr>', 'only those of this Jr')
    .option('--search <text>', 'only those with this in title or error')
    .option('--since <time>', 'only what died after: 10m, 2h, 2026-12-24')
    .option(
      '--kind <kinds>',
      `only these, comma-separated: ${deadLetterKinds.join(', ')}`,
      listOf(deadLetterKinds),
    )
}

export function isFiltered({ jr, search, since, kind }: FilterOptions): boolean {
  return [jr, search, since, kind].some((option) => option !== undefined)
}

export function filterOf(options: FilterOptions, nowMs: number): Inputs['listDeadLetters'] {
  const { jr, search, since, kind } = options
  return {
    ...(jr === undefined ? {} : { jr }),
    ...(search === undefined ? {} : { search }),
    ...(since === undefined ? {} : { since: parseSince(since, nowMs) }),
    ...(kind === undefined ? {} : { kinds: kind }),
  }
}

/** More in one call are a mistake; `--all` and filters take any number. */
const idsMax = 10_000

export const idArgument = () =>
  new Argument('<letter>', 'a task’s id; or, of this node, r7 for a run, w7 for a worker').argParser(oneId)
export const idArguments = () =>
  new Argument('[letter...]', 'tasks’ ids; or, of this node, r7 for a run, w7 for a worker').argParser(
    (text: string, before: DeadLetterId[] | undefined) => {
      const ids = [...new Set([...(before ?? []), oneId(text)])]
      if (ids.length > idsMax) throw new InvalidArgumentError(`At most ${idsMax} ids at a time.`)
      return ids
    },
  )

function oneId(text: string): DeadLetterId {
  const id = parseDeadLetterId(text)
  if (id !== undefined) return id
  throw new InvalidArgumentError('A task id such as 42, or r7 or w7 as `jrctl dlq list` shows them.')
}

export const limitOption = (max: number) => integer(1, max)
