import { type LedgerEntry, type LedgerLevel, ledgerLevels } from '../../../src/domain/ledger-event.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { Load } from '../../sources.ts'
import type { AppState } from '../../state.ts'
import { knownJrs } from '../../../src/text/known-jrs.ts'
import { heldMax } from './heard.ts'
import type { LedgerPlace } from './place.ts'
import { isProgress, leavesOutProgress } from './progress.ts'
import { isLike, type LedgerQuery, wishOf } from './query.ts'

export const ledgerOrders: readonly Order<LedgerEntry>[] = [
  { name: 'newest last', compare: (one, other) => one.id - other.id },
  { name: 'newest first', compare: (one, other) => other.id - one.id },
  { name: 'worst first', compare: (one, other) => rank(other.level) - rank(one.level) || other.id - one.id },
]

function rank(level: LedgerLevel): number {
  return ledgerLevels.indexOf(level)
}

/** At which end of the rows new ones come, by order. */
export const newestByOrder = ['last', 'first', null] as const

/** What has come, by the filter; null: nothing yet. */
export function shownEntries(state: AppState): readonly LedgerEntry[] | null {
  const { filter, order } = state.arrangements.ledger
  const wish = wishOf(filter, knownJrs(state.status.view))
  const { query, words } = wish
  const isLess = leavesOutProgress(state, wish)
  const held = heldEntries(state)?.filter((entry) => isLike(entry, query) && !(isLess && isProgress(entry)))
  if (!held) return null
  const arrangement = { filter: words, order, limit: heldMax }
  return arranged(held.slice(-heldMax), arrangement, { textOf, orders: ledgerOrders })
}

/** How many of those that have come are left out, for they tell of progress alone. */
export function progressLeftOut(state: AppState): number {
  const wish = wishOf(state.arrangements.ledger.filter, knownJrs(state.status.view))
  if (!leavesOutProgress(state, wish)) return 0
  return (heldEntries(state) ?? []).filter((entry) => isLike(entry, wish.query) && isProgress(entry)).length
}

/** What has come of the part that is shown; its end grows by what is heard. */
function heldEntries({ loaded, heard, ledgerPlace }: AppState): readonly LedgerEntry[] | null {
  if (!loaded.ledger || !isSame(loaded.ledger.by.place, ledgerPlace)) return null
  const { answer } = loaded.ledger
  const since = answer.at(-1)?.id ?? 0
  return ledgerPlace === 'end' ? [...answer, ...heard.entries.filter(({ id }) => id > since)] : answer
}

/** Nothing of it is shown: it need not be made safe to be looked through. */
function textOf({ id, eventType, level, actor, taskId, worker, message }: LedgerEntry): string {
  return [id, eventType, level, actor, taskId === undefined ? '' : `#${taskId}`, worker ?? '', message].join(
    ' ',
  )
}

export function selectedEntry(state: AppState): LedgerEntry | undefined {
  return shownEntries(state)?.find(({ id }) => String(id) === state.lists.ledger.id)
}

/** Asked only where what has come and what was heard are not the ledger's end already: a busy one grows many times a second. */
export function ledgerLoads(state: AppState): Load[] {
  const { loaded, heard, arrangements, ledgerPlace: place } = state
  const { filter, limit } = arrangements.ledger
  const { query } = wishOf(filter, knownJrs(state.status.view))
  const by = loaded.ledger?.by
  const isThere = by?.limit === limit && isSame(by.query, query) && isSame(by.place, place)
  // What lies before the end stays as it is.
  if (isThere && (heard.isWhole || place !== 'end')) return []
  return [{ source: 'ledger', by: { query, limit, place } }]
}

function isSame(one: LedgerQuery | LedgerPlace, other: LedgerQuery | LedgerPlace): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
