import { safe } from '../../../src/text/fit.ts'
import { count, number } from '../../../src/text/format.ts'
import type { AppState } from '../../state.ts'
import { knownJrs } from '../../../src/text/known-jrs.ts'
import type { Screen } from '../screens.ts'
import { deadLettersKeys } from './keys.ts'
import { letterQuery } from './query.ts'
import { letterList, letterOrders, limitMax, selectedLetter, shownLetters } from './state.ts'
import { copyLines, firstLine, letterLines } from './view.ts'

export const deadLettersScreen: Screen = {
  title: 'DLQ',
  short: 'DLQ',
  keys: deadLettersKeys,
  orders: letterOrders.map(({ name }) => name),
  ids: (state) => (shownLetters(state) ?? []).map(({ id }) => id),
  beside: (state) => copyLines(state).length,
  lines: letterLines,
  about: aboutLetters,
  note(state) {
    if (state.editing) return 'Words of title or error; task, run, worker; jr:NAME.'
    const letter = selectedLetter(state)
    if (!letter) return ''
    const replays = letter.replays === 0 ? '' : ` · replayed ${letter.replays} ×`
    return `${letter.id} ${safe(letter.title)}${replays} · ${firstLine(letter.error)}`
  },
  wants(state) {
    const { filter, limit } = state.arrangements.dead_letters
    return [
      {
        source: 'dead_letters',
        by: { filter, limit, query: letterQuery(filter, knownJrs(state.status.view)) },
      },
    ]
  },
  startsAnew: true,
  more(state, all = false) {
    const { filter, limit } = state.arrangements.dead_letters
    const by = state.loaded.dead_letters?.by
    // What is there may be the answer to what was asked before.
    const hasMore = letterList(state)?.nextBefore != null && by?.limit === limit && by.filter === filter
    if (!hasMore || limit >= limitMax) return null
    return all ? limitMax : Math.min(limitMax, limit * 3)
  },
}

/** How many there are is known of tasks that nobody filtered: the queue counts them. */
function aboutLetters(state: AppState): string {
  const list = letterList(state)
  if (list === null) return ''
  const shown = list.letters.length
  if (list.nextBefore === null) return count(shown, 'dead letter')
  const isFiltered = state.loaded.dead_letters?.by.filter !== ''
  const { failed } = state.status.view.queue.byStatus
  return `the newest ${number(shown)}${isFiltered || failed < shown ? '' : ` of ${number(failed)}`}`
}
