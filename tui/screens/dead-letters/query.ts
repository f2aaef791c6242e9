import { deadLetterKinds, type DeadLetterKind } from '../../../src/domain/dead-letter.ts'
import { quoted } from '../../../src/domain/why/words.ts'
import { chosen, jrOf, keyedWords } from '../keyed-words.ts'

export interface LetterQuery {
  kinds?: DeadLetterKind[]
  jr?: string
  search?: string
}

/** What was typed after `/`: `task`, `run`, `worker` choose kinds, `jr:NAME` a Jr, the rest is looked for in title and error. */
export function letterQuery(filter: string, jrs: readonly string[]): LetterQuery {
  const { keyed, words } = keyedWords(filter, ['jr'])
  const { some, search } = chosen(words, deadLetterKinds)
  return {
    ...(some.length > 0 ? { kinds: some } : {}),
    ...(keyed.jr === undefined ? {} : { jr: jrOf(keyed.jr, jrs) }),
    ...(search === '' ? {} : { search }),
  }
}

/** The same choice for `jrctl dlq`. */
export function choiceOptions({ kinds, jr, search }: LetterQuery): string {
  const options = [
    kinds && `--kind ${kinds.join(',')}`,
    jr === undefined ? undefined : `--jr ${quoted(jr)}`,
    search === undefined ? undefined : `--search ${quoted(search)}`,
  ].filter((option) => option !== undefined)
  return options.length === 0 ? '--all' : options.join(' ')
}
