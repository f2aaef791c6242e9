import {
  type DeadLetter,
  type DeadLetterId,
  type DeadLetterKind,
  type DeathVerdict,
  taskOfDeadLetter,
} from '../../src/domain/dead-letter.ts'
import { doneWords, verdictSentence, type Wish } from '../../src/text/death-verdict.ts'
import { count } from '../../src/text/format.ts'

/** Deaths that are to be settled, each by its version: a wish never strikes a later death of the same task. */
export interface LettersChange {
  /** Of all of them, to tell one wish from another. */
  id: string
  letters: readonly Pick<DeadLetter, 'id' | 'version'>[]
}

/** What there is to know of a death before it is settled. */
export type LetterCandidate = Pick<DeadLetter, 'id' | 'version' | 'kind'>

export function lettersChange(candidates: readonly LetterCandidate[]): LettersChange {
  return {
    id: candidates.map(({ id }) => id).join(' '),
    letters: candidates.map(({ id, version }) => ({ id, version })),
  }
}

/** `Task 42`, `r7`. */
function letterName(id: DeadLetterId): string {
  return taskOfDeadLetter(id) === undefined ? id : `Task ${id}`
}

/** How many there are of each kind, of the kinds that there are. */
export function kindCounts(letters: readonly LetterCandidate[]): [DeadLetterKind, number][] {
  return (['task', 'run', 'worker'] as const)
    .map((kind): [DeadLetterKind, number] => [kind, letters.filter((letter) => letter.kind === kind).length])
    .filter(([, letterCount]) => letterCount > 0)
}

/** What became of them all: how many it was done to, and what of the others. */
export function verdictsSentence(verdicts: readonly DeathVerdict[], wish: Wish): string {
  const others = verdicts.filter((verdict) => verdict.kind !== 'done')
  const done = verdicts.length - others.length
  const [first] = others
  const [only] = verdicts
  if (verdicts.length === 1 && only) {
    return first ? verdictSentence(first, wish, null) : `${letterName(only.id)} is ${doneWords[wish]}.`
  }
  if (!first) return `${count(done, 'dead letter')} ${doneWords[wish]}.`
  const more = others.length - 1
  const rest = more === 0 ? '' : ` ${more} more ${more === 1 ? 'was' : 'were'} not ${doneWords[wish]}.`
  return `${done} of ${count(verdicts.length, 'dead letter')} ${doneWords[wish]}. ${verdictSentence(first, wish, null)}${rest}`
}
