import { tableHeight } from './layout.ts'
import { settleList } from './list.ts'
import { screens } from './screens/screens.ts'
import { type AppState, screenNames } from './state.ts'

/** Every cursor on its own row again: after anything that may have changed the rows or the room for them. */
export function settleLists(state: AppState): AppState {
  const height = tableHeight(state.size)
  const lists = { ...state.lists }
  for (const name of screenNames) lists[name] = settleList(lists[name], screens[name].ids(state), height)
  const same = screenNames.every((name) => lists[name] === state.lists[name])
  return same ? state : { ...state, lists }
}
