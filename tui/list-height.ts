import { tableHeight } from './layout.ts'
import { screens } from './screens/screens.ts'
import type { AppState } from './state.ts'

/** Rows of the shown screen's table: what its page has room for beside what else is on it. */
export function listHeight(state: AppState): number {
  return Math.max(1, tableHeight(state.size) - (screens[state.screen].beside?.(state) ?? 0))
}
