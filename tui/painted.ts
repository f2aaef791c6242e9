import { frameLines } from './frame.ts'
import type { AppState } from './state.ts'
import type { Store } from './store.ts'
import type { Theme } from './theme.ts'

/** A frame as the terminal gets it. */
export interface Painted {
  columns: number
  rows: readonly string[]
}

export function painted(state: AppState, theme: Theme): Painted {
  // Without text a row would have no height.
  return { columns: state.size.columns, rows: frameLines(state).map((line) => theme.line(line) || ' ') }
}

/**
 * Tells the latest frame of a store: the same object as long as it looks the same. What comes in changes the state several times
 * a second, what is seen of it far more rarely; and to make lines costs a fiftieth of drawing them.
 */
export function latestFrame(store: Pick<Store, 'get'>, theme: Theme): () => Painted {
  let state = store.get()
  let frame = painted(state, theme)
  return () => {
    if (store.get() === state) return frame
    state = store.get()
    const next = painted(state, theme)
    if (!looksSame(frame, next)) frame = next
    return frame
  }
}

function looksSame(one: Painted, other: Painted): boolean {
  const isAsLarge = one.columns === other.columns && one.rows.length === other.rows.length
  return isAsLarge && one.rows.every((row, place) => row === other.rows[place])
}
