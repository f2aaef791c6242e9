import type { DeadLetterListView } from '../../../src/contract/outputs.ts'
import { apiLimits } from '../../../src/contract/routes.ts'
import type { DeadLetter } from '../../../src/domain/dead-letter.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'

/** Dead tasks that are asked for at most, as many as the API gives at once: further back one gets by the filter. */
export const limitMax = apiLimits.listLimit

export const letterOrders: readonly Order<DeadLetter>[] = [
  { name: 'newest', compare: (one, other) => (other.taskId ?? 0) - (one.taskId ?? 0) },
  { name: 'latest death', compare: (one, other) => (other.diedAt ?? 0) - (one.diedAt ?? 0) },
  { name: 'most replays', compare: (one, other) => other.replays - one.replays },
  { name: 'Jr', compare: (one, other) => (one.jrName ?? '').localeCompare(other.jrName ?? '') },
]

/** What the daemon has answered last; null: nothing yet. */
export function letterList({ loaded }: AppState): DeadLetterListView | null {
  return loaded.dead_letters?.answer ?? null
}

/** Null until they have come. The daemon has filtered them. */
export function shownLetters(state: AppState): readonly DeadLetter[] | null {
  const list = letterList(state)
  if (list === null) return null
  const arrangement = { ...state.arrangements.dead_letters, filter: '' }
  return arranged(list.letters, arrangement, { textOf: () => '', orders: letterOrders })
}

export function selectedLetter(state: AppState): DeadLetter | undefined {
  return shownLetters(state)?.find(({ id }) => id === state.lists.dead_letters.id)
}
