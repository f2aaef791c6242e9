import type { AppEvent } from './event.ts'
import { reduce } from './reduce.ts'
import { settleList } from './settle.ts'
import type { AppState, Effect } from './state.ts'

export interface Store {
  get: () => AppState
  dispatch: (event: AppEvent) => void
  subscribe: (listener: () => void) => () => void
}

/** The one owner of the state. Listeners hear of changes only. */
export function createStore(initial: AppState, perform: (effect: Effect) => void): Store {
  let state = settleList(initial)
  const listeners = new Set<() => void>()
  return {
    get: () => state,
    dispatch(event) {
      const { state: next, effects } = reduce(state, event)
      const changed = next !== state
      state = next
      if (changed) for (const listener of listeners) listener()
      for (const effect of effects) perform(effect)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
