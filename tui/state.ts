import type { StatusView } from '../src/contract/views.ts'
import type { Change, Question } from './changes/change.ts'
import { emptyList, type ListState } from './list.ts'
import type { PageState } from './pages/page.ts'
import type { LogName } from './screens/logs/log-name.ts'
import type { LogState } from './screens/logs/log.ts'
import { type Heard, nothingHeard } from './screens/ledger/heard.ts'
import type { LedgerPlace } from './screens/ledger/place.ts'
import { type Load, type Loaded, nothingLoaded } from './sources.ts'

/** In the order of their digits. */
export const screenNames = [
  'positions',
  'workers',
  'tasks',
  'decisions',
  'ledger',
  'dead_letters',
  'logs',
] as const
export type ScreenName = (typeof screenNames)[number]

/** Cells of the terminal. */
export interface Size {
  columns: number
  rows: number
  /** Tables are as wide as what is in them: they are printed into a pipe, which has no edge to cut at. */
  isEndless?: boolean
  /** Somebody hears it: each row of a table says what its values are. */
  isSpoken?: boolean
}

/**
 * How bars and curves are drawn: of blocks, of ASCII where the locale has nothing else, or not at all, where somebody hears the
 * screen instead of seeing it: their figures always stand beside them.
 */
export type Drawing = 'blocks' | 'ascii' | 'words'

/** Wall time to compare with rows and starts, monotonic time for the age of what is shown. Milliseconds. */
export interface Now {
  wallMs: number
  monotonicMs: number
}

/** The stream from the daemon. `retryAtMs` is monotonic. */
export type Link = { kind: 'live' } | { kind: 'away'; reason: string; retryAtMs: number }

/** The last status and when it came: all ages of a screen are as of then, so an old screen does not pretend to be new. */
export interface DatedStatus {
  view: StatusView
  at: Now
}

/** What the terminal UI asks of the outside; done by `effects.ts`. */
export type Effect =
  /** The status anew: as the daemon tells of a change, at once after what the operator has changed, or when it is old. */
  | { kind: 'refresh'; because?: 'operator' | 'time' }
  | ({ kind: 'load' } & Load)
  | { kind: 'change'; change: Change }
  /** Follows this log instead of another; null: none. */
  | { kind: 'follow_log'; log: LogName | null }
  | { kind: 'quit' }
  | { kind: 'suspend' }

export interface Message {
  text: string
  kind: 'good' | 'bad' | 'plain'
}

/** A message and when it came, monotonic: it goes at the next key, or after a while. */
export interface DatedMessage extends Message {
  atMs: number
}

/** How a screen's rows are chosen and ordered. */
export interface Arrangement {
  /** As typed after `/`. */
  filter: string
  /** Which of the screen's orders. */
  order: number
  /** How many rows are asked for where the daemon has more; more when the cursor nears the end. */
  limit: number
}

/** A change that is being made: what is told of it meanwhile, and since when (monotonic). */
export interface UnderWay {
  change: Change
  text: string
  sinceMs: number
}

export interface AppState {
  now: Now
  size: Size
  readOnly: boolean
  /** Why whatever would be changed is refused, as far as that is known before it is asked; null: nothing is known against it. */
  refusal: string | null
  /** Whose state it is, where that is another machine's; null: this one's. */
  host: string | null
  drawing: Drawing
  link: Link
  status: DatedStatus
  screen: ScreenName
  lists: Record<ScreenName, ListState>
  arrangements: Record<ScreenName, Arrangement>
  /** Are keys text of the shown screen's filter? */
  editing: boolean
  loaded: Loaded
  /** What the ledger has grown by while its screen is shown. */
  heard: Heard
  /** Which part of the ledger its screen shows. */
  ledgerPlace: LedgerPlace
  /** Whether the ledger's screen shows also how far tasks got on, in which a busy fleet would drown all else. */
  ledgerProgress: boolean
  /** The log that is read; null: one is to be chosen. */
  log: LogState | null
  /** Drilled down to, over the screen, the innermost last. */
  pages: readonly PageState[]
  help: boolean
  /** First line of the help that is shown. */
  helpTop: number
  question: Question | null
  message: DatedMessage | null
  /** What would take back the changes made here, the latest last. */
  undo: readonly (Question | null)[]
  /** Changes that were said yes to and are not answered yet, the latest last. */
  underWay: readonly UnderWay[]
  /** The cursor is on its way to the last row that can be had, which has not come yet. */
  seeksEnd: boolean
}

export interface Step {
  state: AppState
  effects: readonly Effect[]
}

/** The next state, and what is to be done about it. */
export function step(state: AppState, ...effects: readonly Effect[]): Step {
  return { state, effects }
}

/** The state with a message for the operator. */
export function told(state: AppState, text: string, kind: Message['kind']): AppState {
  return { ...state, message: { text, kind, atMs: state.now.monotonicMs } }
}

/** Rows that are asked for at first. */
export const rowsFirst = 100
const untouched: Arrangement = { filter: '', order: 0, limit: rowsFirst }

/** The same for each screen. */
function each<Value>(value: Value): Record<ScreenName, Value> {
  return Object.fromEntries(screenNames.map((name) => [name, value])) as Record<ScreenName, Value>
}

export function initialState(
  given: Pick<AppState, 'now' | 'size' | 'readOnly'> & {
    status: StatusView
    drawing?: Drawing
    host?: string | null
    refusal?: string | null
  },
): AppState {
  return {
    now: given.now,
    size: given.size,
    readOnly: given.readOnly,
    refusal: given.refusal ?? null,
    host: given.host ?? null,
    drawing: given.drawing ?? 'blocks',
    link: { kind: 'live' },
    status: { view: given.status, at: given.now },
    screen: 'positions',
    lists: each(emptyList),
    arrangements: each(untouched),
    editing: false,
    loaded: nothingLoaded,
    heard: nothingHeard,
    ledgerPlace: 'end',
    ledgerProgress: false,
    log: null,
    pages: [],
    help: false,
    helpTop: 0,
    question: null,
    message: null,
    undo: [],
    underWay: [],
    seeksEnd: false,
  }
}
