import type { Binding } from '../keymap.ts'
import type { Line } from '../line.ts'
import type { Load } from '../sources.ts'
import type { AppState } from '../state.ts'

/** Kinds of what can be drilled down to. */
export const pageKinds = [
  'task',
  'worker',
  'dead_letter',
  'decision',
  'rules',
  'dry_run',
  'entry',
  'verdict',
  'troubles',
  'log_line',
] as const
export type PageKind = (typeof pageKinds)[number]

export interface PageState {
  kind: PageKind
  /** Of what it shows. */
  id: string
  /** First line shown. */
  top: number
}

/** A text about one thing, over the screen it was opened from. */
export interface Page {
  /** For the help: `This task`. */
  title: string
  /** All its lines, each of at most `columns` cells; null: what it shows has not come yet. */
  lines(state: AppState, id: string): readonly Line[] | null
  /** Beside those that every page has. */
  keys: readonly Binding[]
  /** What it needs beside the status, when it is opened and whenever something changed. */
  wants(state: AppState, id: string): readonly Load[]
  /** Does what it tells age although nothing changes? It is asked for again every few seconds then. */
  ages?: boolean
}
