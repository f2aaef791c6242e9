import {
  deadLetterLimits,
  verdictOf,
  type DeadLetter,
  type DeadLetterId,
  type DeathVerdict,
} from '../../domain/dead-letter.ts'
import type { DeadLetterListView } from '../../contract/outputs.ts'
import { OperationalError, UserError } from '../../errors.ts'
import type { DeadLetterDesk } from './desk.ts'
import { filterOf, isFiltered, type FilterOptions } from './options.ts'

export interface SelectionOptions extends FilterOptions {
  all?: boolean
  limit?: number
}

/** What was asked for: the deaths that are there to be settled, and what is to be said of the others. */
export interface Selection {
  letters: DeadLetter[]
  others: DeathVerdict[]
}

/** One wish does not go beyond this many; it can be repeated. */
export const selectionMax = 100_000

/** By ids, or by filter. Throws UserError when neither, or both, were given. */
export async function select(
  desk: DeadLetterDesk,
  ids: readonly DeadLetterId[],
  options: SelectionOptions,
  nowMs: number,
): Promise<Selection> {
  const byFilter = options.all === true || isFiltered(options) || options.limit !== undefined
  if (ids.length > 0 && byFilter) throw new UserError('give ids, or a filter, not both')
  if (ids.length > 0) return selectIds(desk, ids)
  if (options.all === true || isFiltered(options))
    return { letters: await selectAll(desk, options, nowMs), others: [] }
  throw new UserError('say which: ids, a filter (--jr, --search, --since, --kind), or --all', {
    hint: 'See them with `jrctl dlq list`; try it with --dry-run.',
  })
}

async function selectIds(desk: DeadLetterDesk, ids: readonly DeadLetterId[]): Promise<Selection> {
  const known = new Map<DeadLetterId, DeadLetter>()
  for (let from = 0; from < ids.length; from += deadLetterLimits.batch) {
    const { letters } = await desk.call('lookDeadLetters', {
      ids: ids.slice(from, from + deadLetterLimits.batch),
    })
    for (const letter of letters) known.set(letter.id, letter)
  }
  const isDead = (id: DeadLetterId): boolean => known.get(id)?.state === 'dead'
  const letters = ids.map((id) => known.get(id)).filter((letter) => letter !== undefined)
  return {
    letters: letters.filter(({ state }) => state === 'dead'),
    others: ids.filter((id) => !isDead(id)).map((id) => verdictOf(id, known.get(id))),
  }
}

/** Page by page; the oldest ids first, so that they are the first to be done again. */
async function selectAll(
  desk: DeadLetterDesk,
  options: SelectionOptions,
  nowMs: number,
): Promise<DeadLetter[]> {
  const filter = filterOf(options, nowMs)
  const wanted = Math.min(options.limit ?? selectionMax, selectionMax)
  const letters: DeadLetter[] = []
  let before: number | null = null
  do {
    const limit = Math.min(wanted - letters.length, deadLetterLimits.batch)
    const page: DeadLetterListView = await desk.call('listDeadLetters', {
      ...filter,
      limit,
      ...(before === null ? {} : { before }),
    })
    if (page.copyBecause !== null) throw queueAway(page.copyBecause)
    for (const letter of page.letters) letters.push(slim(letter))
    before = page.nextBefore
  } while (before !== null && letters.length < wanted)
  return letters.slice(0, wanted).toReversed()
}

/** A hundred thousand of them are held at once: what a preview shows is enough. */
function slim(letter: DeadLetter): DeadLetter {
  return { ...letter, payload: null, error: letter.error?.slice(0, shownErrorCharacters) ?? null }
}

const shownErrorCharacters = 200

/** A node's copy is good to look at; what is changed for good is chosen from the queue itself. */
function queueAway(why: string): OperationalError {
  return new OperationalError(`the queue does not answer: ${why}`, {
    code: 'db.unreachable',
    retryable: true,
    hint: 'Nothing was changed. Look at the copy of this node with `jrctl dlq list`, and try again when the database answers.',
  })
}
