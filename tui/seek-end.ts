import type { AppEvent } from './event.ts'
import { listHeight } from './list-height.ts'
import { moveCursor, toTheEnd } from './list.ts'
import { type Screen, screens } from './screens/screens.ts'
import { type AppState, told } from './state.ts'

/** Where the rows of a screen go on that have not come. */
function farEnd(screen: Screen, state: AppState): 'first' | 'last' {
  return screen.newest?.(state) === 'last' ? 'first' : 'last'
}

/** `G`, or `g`, where the rows go on beyond those that have come: all that can be had are asked for, and the cursor goes along. */
export function seekEnd(state: AppState, end: 'first' | 'last'): AppState {
  const screen = screens[state.screen]
  if (end !== farEnd(screen, state) || screen.more(state, true) === null) return state
  return { ...told(state, 'Asking for all that can be had …', 'plain'), seeksEnd: true }
}

/** The cursor at the end that it is on its way to; any key, and an error, leave it where it is. */
export function soughtEnd(state: AppState, event: AppEvent): AppState {
  if (!state.seeksEnd) return state
  const { screen: name, lists } = state
  const screen = screens[name]
  const end = farEnd(screen, state)
  if (event.kind === 'failed' || (event.kind === 'key' && !keysOf[end].includes(event.key.name)))
    return { ...state, seeksEnd: false }
  const by = end === 'last' ? toTheEnd : -toTheEnd
  const list = moveCursor(lists[name], screen.ids(state), by, listHeight(state))
  const next = { ...state, lists: { ...lists, [name]: list } }
  return hasCome(screen, next) ? { ...told(next, endWords(screen, next), 'plain'), seeksEnd: false } : next
}

/** Who presses them again means the same. */
const keysOf: Record<'first' | 'last', readonly string[]> = { first: ['g', 'home'], last: ['G', 'end'] }

/** Whether what is asked for has come, and nothing is left to be asked for. */
function hasCome(screen: Screen, state: AppState): boolean {
  if (screen.more(state, true) !== null) return false
  return screen.wants(state).every(({ source, by }) => {
    const loaded = state.loaded[source]
    return !('limit' in by) || (loaded !== null && 'limit' in loaded.by && loaded.by.limit === by.limit)
  })
}

function endWords(screen: Screen, state: AppState): string {
  return `This is the end of ${screen.about(state)}.`
}
