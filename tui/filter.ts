import { safe } from '../src/text/fit.ts'
import type { Key } from './key-name.ts'
import { loads } from './pages/open.ts'
import { screens } from './screens/screens.ts'
import { type AppState, type Arrangement, rowsFirst, type Step, step } from './state.ts'

/** What a person can type; the API takes a title's length. */
export const filterCharactersMax = 100

/** A key while a filter is typed. Every change shows at once; the answers' order is the effects' concern. */
export function editFilter(state: AppState, { name, text }: Key): Step {
  const { filter } = state.arrangements[state.screen]
  if (name === 'enter') return step({ ...state, editing: false })
  if (name === 'esc') return filtered(state, '', false)
  if (name === 'ctrl+u') return filtered(state, '', true)
  if (name === 'backspace') return filtered(state, Array.from(filter).slice(0, -1).join(''), true)
  if (text === '') return step(state)
  const longer = Array.from(filter + safe(text)).slice(0, filterCharactersMax)
  return filtered(state, longer.join(''), true)
}

/** `/`: keys are text of the filter from now on. */
export function edited(state: AppState): Step {
  return step({ ...state, message: null, editing: true })
}

export function filtered(state: AppState, filter: string, editing: boolean): Step {
  if (filter === state.arrangements[state.screen].filter) return step({ ...state, editing })
  const { startsAnew } = screens[state.screen]
  const next = rearranged({ ...state, editing }, { filter, ...(startsAnew ? { limit: rowsFirst } : {}) })
  return step(next, ...loads(screens[state.screen].wants(next)))
}

/** The shown screen's rows chosen or ordered in another way. */
export function rearranged(state: AppState, change: Partial<Arrangement>): AppState {
  const own = { ...state.arrangements[state.screen], ...change }
  return { ...state, arrangements: { ...state.arrangements, [state.screen]: own } }
}
