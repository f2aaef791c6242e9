import { filtered } from '../../filter.ts'
import { emptyList } from '../../list.ts'
import { loads } from '../../pages/open.ts'
import { type AppState, type Effect, type Step, step, told } from '../../state.ts'
import { heldMax } from './heard.ts'
import { ledgerLoads } from './state.ts'

/** Which part of the ledger is shown: its end, which grows; or a window of what lies before or after an entry. */
export type LedgerPlace = 'end' | { beforeId: number } | { afterId: number }

/** `[`: the entries before those that are shown. */
export function earlier(state: AppState): Step {
  const { ledger } = state.loaded
  const first = ledger?.answer[0]
  const isBeginning = ledger === null || ledger.answer.length < ledger.by.limit
  if (!first || (isBeginning && !isAfter(state.ledgerPlace)))
    return step(told(state, 'Nothing earlier is like this.', 'plain'))
  return moved(state, { beforeId: first.id })
}

/** `]`: the entries after those that are shown, up to the newest. */
export function later(state: AppState): Step {
  const { ledger } = state.loaded
  if (state.ledgerPlace === 'end') return step(told(state, 'These are the newest.', 'plain'))
  const last = ledger?.answer.at(-1)
  const isAtEnd = isAfter(state.ledgerPlace) && ledger !== null && ledger.answer.length < ledger.by.limit
  return moved(state, last === undefined || isAtEnd ? 'end' : { afterId: last.id })
}

/** `esc`: back to the newest; from there, drops the filter. */
export function back(state: AppState): Step {
  return state.ledgerPlace === 'end' ? filtered(state, '', false) : moved(state, 'end')
}

/** Where a part of the ledger cannot be had (an older daemon gives its end alone), what was there before is shown again. */
export function placeLost(state: AppState, effect: Effect): AppState {
  if (effect.kind !== 'load' || effect.source !== 'ledger' || effect.by.place === 'end') return state
  const place = state.loaded.ledger?.by.place ?? 'end'
  return { ...state, ledgerPlace: place }
}

/** Whether it is read from its upper end on. */
export function isAfter(place: LedgerPlace): boolean {
  return place !== 'end' && 'afterId' in place
}

function moved(state: AppState, place: LedgerPlace): Step {
  const { ledger } = state.arrangements
  const next: AppState = {
    ...state,
    ledgerPlace: place,
    lists: { ...state.lists, ledger: emptyList },
    arrangements: { ...state.arrangements, ledger: { ...ledger, limit: heldMax } },
  }
  return step(next, ...loads(ledgerLoads(next)))
}
