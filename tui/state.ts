import type { TaskDetailView } from '../src/contract/outputs.ts'
import type { StatusView } from '../src/contract/views.ts'
import type { TaskId } from '../src/domain/ids.ts'
import { emptyList, type ListState } from './list.ts'
import type { TasksState } from './screens/tasks/state.ts'

/** In the order of their digits. */
export const screenNames = ['positions', 'workers', 'tasks'] as const
export type ScreenName = (typeof screenNames)[number]

/** Cells of the terminal. */
export interface Size {
  columns: number
  rows: number
}

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

/** The page of one task, over any screen. */
export interface DetailState {
  id: TaskId
  /** Null until it has come. */
  view: TaskDetailView | null
  /** First line shown. */
  top: number
}

/** What the terminal UI asks of the outside; done by `effects.ts`. */
export type Effect =
  | { kind: 'refresh' }
  | { kind: 'load_tasks'; filter: string; limit: number }
  | { kind: 'load_task'; id: TaskId }
  | { kind: 'urgent'; id: TaskId; undo: boolean }
  | { kind: 'quit' }

/** A change that waits for a yes. */
export interface Question {
  /** What would happen, in plain words. */
  preview: string
  effect: Effect
}

export interface Message {
  text: string
  kind: 'good' | 'bad' | 'plain'
}

/** A message and when it came, monotonic: it goes at the next key, or after a while. */
export interface DatedMessage extends Message {
  atMs: number
}

export interface AppState {
  now: Now
  size: Size
  readOnly: boolean
  link: Link
  status: DatedStatus
  screen: ScreenName
  lists: Record<ScreenName, ListState>
  tasks: TasksState
  detail: DetailState | null
  help: boolean
  question: Question | null
  message: DatedMessage | null
  /** What would take back the changes made here, the latest last. */
  undo: readonly Question[]
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

export function initialState(
  given: Pick<AppState, 'now' | 'size' | 'readOnly'> & { status: StatusView },
): AppState {
  return {
    now: given.now,
    size: given.size,
    readOnly: given.readOnly,
    link: { kind: 'live' },
    status: { view: given.status, at: given.now },
    screen: 'positions',
    lists: { positions: emptyList, workers: emptyList, tasks: emptyList },
    tasks: { filter: '', editing: false, rows: null, limit: 100 },
    detail: null,
    help: false,
    question: null,
    message: null,
    undo: [],
  }
}
