import type { Binding } from '../keymap.ts'
import type { AppState, Effect, ScreenName } from '../state.ts'
import { positionsScreen } from './positions/screen.ts'
import { tasksScreen } from './tasks/screen.ts'
import { workersScreen } from './workers/screen.ts'

/** All of a screen but its looks: `view.tsx` beside it draws it. */
export interface Screen {
  title: string
  /** The rows, in their order: what the cursor follows. */
  ids(state: AppState): string[]
  keys: readonly Binding[]
  /** Beside the tabs: how much there is. */
  about(state: AppState): string
  /** Of the row under the cursor: what has no room in the table. */
  note(state: AppState): string
  /** What it needs beside the status, when it is opened and whenever something changed. */
  wants(state: AppState): readonly Effect[]
}

export const screens: Record<ScreenName, Screen> = {
  positions: positionsScreen,
  workers: workersScreen,
  tasks: tasksScreen,
}
