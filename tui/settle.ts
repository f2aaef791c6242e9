import { listHeight } from './list-height.ts'
import { settleList as settled } from './list.ts'
import { screens } from './screens/screens.ts'
import type { AppState } from './state.ts'

/** The shown screen's cursor on its own row again: after anything that may have changed the rows or the room for them. */
export function settleList(state: AppState): AppState {
  const { screen, lists } = state
  const list = settled(lists[screen], screens[screen].ids(state), listHeight(state))
  return list === lists[screen] ? state : { ...state, lists: { ...lists, [screen]: list } }
}
