import { detailBindings } from './screens/task/keys.ts'
import { screens } from './screens/screens.ts'
import { globalBindings, helpBindings, listBindings, questionBindings } from './keys.ts'
import type { AppState, Step } from './state.ts'

/** What a key does. Handling, hints and help are all made of these. */
export interface Binding {
  /** Names as `key-name.ts` gives them; the first is the one that hints tell. */
  keys: readonly string[]
  /** For the help. */
  does: string
  /** For the line of hints; without it the key is told in the help alone. */
  short?: string
  press(state: AppState, key: string): Step
}

/** The keys that work now; the first that takes a key has it. */
export function activeBindings(state: AppState): readonly Binding[] {
  if (state.question) return questionBindings
  if (state.help) return helpBindings
  if (state.detail) return [...detailBindings, ...globalBindings]
  return [...screens[state.screen].keys, ...listBindings, ...globalBindings]
}

export function bindingFor(state: AppState, key: string): Binding | undefined {
  return activeBindings(state).find(({ keys }) => keys.includes(key))
}

export interface HelpGroup {
  title: string
  bindings: readonly Binding[]
}

export function helpGroups(state: AppState): HelpGroup[] {
  if (state.detail) {
    return [
      { title: 'This task', bindings: detailBindings },
      { title: 'Everywhere', bindings: globalBindings },
    ]
  }
  const { title, keys } = screens[state.screen]
  return [
    { title, bindings: [...keys, ...listBindings] },
    { title: 'Everywhere', bindings: globalBindings },
  ]
}
