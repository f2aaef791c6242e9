import { safe } from '../../../src/text/fit.ts'
import { number } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { heldMax } from './heard.ts'
import { ledgerKeys } from './keys.ts'
import { isAfter } from './place.ts'
import {
  ledgerLoads,
  ledgerOrders,
  newestByOrder,
  progressLeftOut,
  selectedEntry,
  shownEntries,
} from './state.ts'
import { ledgerLines, subjectOf } from './view.ts'

export const ledgerScreen: Screen = {
  title: 'Ledger',
  short: 'Led',
  keys: ledgerKeys,
  orders: ledgerOrders.map(({ name }) => name),
  newest: ({ arrangements, ledgerPlace }) =>
    isAfter(ledgerPlace) ? null : (newestByOrder[arrangements.ledger.order] ?? null),
  ids: (state) => (shownEntries(state) ?? []).map(({ id }) => String(id)),
  lines: ledgerLines,
  about(state) {
    const entries = shownEntries(state)?.length
    if (entries === undefined) return ''
    const isAll = !hasEarlier(state.loaded.ledger) && entries < heldMax
    const text = `${number(entries)} ${entries === 1 ? 'entry' : 'entries'}`
    const progress = progressLeftOut(state)
    const less = progress === 0 ? '' : ` · ${number(progress)} of progress left out, a shows them`
    if (state.ledgerPlace !== 'end') return `${text} of earlier · esc goes to the newest${less}`
    return `${isAll ? '' : 'the newest '}${text}${less}`
  },
  note(state) {
    const entry = selectedEntry(state)
    if (!entry) return ''
    const subject = subjectOf(entry)
    return [
      safe(entry.eventType),
      ...(subject === '–' ? [] : [subject]),
      safe(entry.message),
      `by ${safe(entry.actor)}`,
    ].join(' · ')
  },
  wants: ledgerLoads,
  more({ loaded, arrangements, ledgerPlace }, all = false) {
    const { limit } = arrangements.ledger
    if (ledgerPlace !== 'end') return null
    if (!hasEarlier(loaded.ledger) || limit >= heldMax) return null
    return all ? heldMax : Math.min(heldMax, limit * 3)
  },
}

/** As many were given as were asked for: there may be others before them. */
function hasEarlier(loaded: { by: { limit: number }; answer: readonly unknown[] } | null): boolean {
  return loaded !== null && loaded.answer.length >= loaded.by.limit
}
