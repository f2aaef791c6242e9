import { answerBindings } from './changes/answer.ts'
import { globalBindings, helpBindings, listBindings } from './keys.ts'
import { pageBindings } from './pages/keys.ts'
import { pages } from './pages/pages.ts'
import { screens } from './screens/screens.ts'
import type { AppState, Step } from './state.ts'

/** What a key does. Handling, hints and help are all made of these. */
export interface Binding {
  /** Names as `key-name.ts` gives them; the first is the one that hints tell. */
  keys: readonly string[]
  /** For the help. */
  does: string
  /** For the line of hints; without it the key is told in the help alone. */
  short?: string
  /** The command that does the same, for the help; only of what changes something. */
  command?: string
  press(state: AppState, key: string): Step
}

/** The keys that work now; the first that takes a key has it. */
export function activeBindings(state: AppState): readonly Binding[] {
  if (state.question) return answerBindings(state.question)
  if (state.help) return helpBindings
  return helpGroups(state).flatMap(({ bindings }) => bindings)
}

/** Those of them that are told: on a read-only screen none that changes something. */
export function toldBindings(state: AppState): readonly Binding[] {
  return activeBindings(state).filter((binding) => !state.readOnly || !changes(binding))
}

function changes({ command, keys }: Binding): boolean {
  return command !== undefined || keys.includes('z')
}

export function bindingFor(state: AppState, key: string): Binding | undefined {
  return activeBindings(state).find(({ keys }) => keys.includes(key))
}

/** For the help. */
export function toldGroups(state: AppState): HelpGroup[] {
  const told = new Set(toldBindings({ ...state, help: false, question: null }))
  return helpGroups(state).map(({ title, bindings }) => ({
    title,
    bindings: bindings.filter((binding) => told.has(binding)),
  }))
}

export interface HelpGroup {
  title: string
  bindings: readonly Binding[]
}

export function helpGroups(state: AppState): HelpGroup[] {
  const page = state.pages.at(-1)
  const { title, keys } = page ? pages[page.kind] : screens[state.screen]
  const own = new Set(keys.flatMap((binding) => binding.keys))
  // A binding all of whose keys are taken does nothing any more.
  const left = (page ? pageBindings : listBindings).filter(
    (binding) => !binding.keys.every((key) => own.has(key)),
  )
  return [
    { title, bindings: [...keys, ...left] },
    { title: 'Everywhere', bindings: globalBindings },
  ]
}
