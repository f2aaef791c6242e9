import type { Binding } from '../keymap.ts'
import type { Line } from '../line.ts'
import type { Load } from '../sources.ts'
import type { AppState, ScreenName } from '../state.ts'
import { deadLettersScreen } from './dead-letters/screen.ts'
import { decisionsScreen } from './decisions/screen.ts'
import { ledgerScreen } from './ledger/screen.ts'
import { logsScreen } from './logs/screen.ts'
import { positionsScreen } from './positions/screen.ts'
import { tasksScreen } from './tasks/screen.ts'
import { workersScreen } from './workers/screen.ts'

export interface Screen {
  title: string
  /** Its title where there is no room for that of each screen; four cells at most. Its beginning without it. */
  short?: string
  /** Lines of the page that are not for its table: what stands above and below. None without it. */
  beside?(state: AppState): number
  /** The rows, in their order: what the cursor follows. */
  ids(state: AppState): readonly string[]
  /**
   * At which end of the rows new ones come, where they are watched like a log: a cursor that is on the newest row stays on the
   * newest. Earlier ones are asked for at the other end.
   */
  newest?(state: AppState): 'first' | 'last' | null
  /** As many lines as the page has room for, at most. */
  lines(state: AppState): readonly Line[]
  /** Beside those that every screen has. */
  keys: readonly Binding[]
  /** Names of the ways in which `s` orders its rows, the one in which they come first. */
  orders: readonly string[]
  /** Beside the tabs: how much there is. */
  about(state: AppState): string
  /** Of the row under the cursor: what has no room in the table. */
  note(state: AppState): string
  /** What it needs beside the status, when it is opened and whenever something changed. */
  wants(state: AppState): readonly Load[]
  /**
   * How many rows the daemon can be asked for, where it keeps more than are loaded; null: it has given all.
   * @param all as many as can be had, not the next ones
   */
  more(state: AppState, all?: boolean): number | null
  /** Are few rows asked for again when another filter is typed? */
  startsAnew?: true
}

export const screens: Record<ScreenName, Screen> = {
  positions: positionsScreen,
  workers: workersScreen,
  tasks: tasksScreen,
  decisions: decisionsScreen,
  ledger: ledgerScreen,
  dead_letters: deadLettersScreen,
  logs: logsScreen,
}
