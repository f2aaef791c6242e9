import { listHeight } from './list-height.ts'
import type { ListState } from './list.ts'
import { screens } from './screens/screens.ts'
import type { AppState } from './state.ts'

/**
 * A list that is watched like a log: who is on the newest row stays on the newest row as others come; who is on another keeps it,
 * and what is seen around it stands still.
 */
export function followNewest(before: AppState, after: AppState): AppState {
  const { screen, lists } = after
  const newest = screens[screen].newest?.(after) ?? null
  const list = lists[screen]
  // A key has moved the cursor, or another screen is shown.
  if (newest === null || before.screen !== screen || list !== before.lists[screen]) return after
  const rows = screens[screen].ids(after)
  const next = followed(list, { rows, was: screens[screen].ids(before), newest, height: listHeight(after) })
  return next === list ? after : { ...after, lists: { ...lists, [screen]: next } }
}

interface Rows {
  rows: readonly string[]
  was: readonly string[]
  newest: 'first' | 'last'
  height: number
}

function followed(list: ListState, { rows, was, newest, height }: Rows): ListState {
  const end = newest === 'first' ? 0 : -1
  const id = rows.at(end) ?? null
  if (list.id === null || list.id === was.at(end)) {
    if (list.id === id) return list
    const index = newest === 'first' ? 0 : rows.length - 1
    return { id, index: Math.max(0, index), top: newest === 'first' ? 0 : Math.max(0, rows.length - height) }
  }
  const index = rows.indexOf(list.id)
  if (index < 0 || index === list.index) return list
  return { ...list, index, top: Math.max(0, list.top + index - list.index) }
}
