import { type Binding, type HelpGroup, helpGroups } from '../keymap.ts'
import { pageHeight } from '../layout.ts'
import type { Line } from '../line.ts'
import type { AppState } from '../state.ts'

/** The help is the keymap: a key that is not told does not exist. */
export function helpLines(state: AppState): Line[] {
  return helpGroups(state).flatMap(groupLines).slice(0, pageHeight(state.size))
}

function groupLines({ title, bindings }: HelpGroup): Line[] {
  return [[{ text: title, role: 'title' }], ...bindings.map(bindingLine), []]
}

/** Room for the keys of a binding. */
const keyCells = 28

function bindingLine({ keys, does }: Binding): Line {
  return ['  ', { text: keys.join(' ').padEnd(keyCells), role: 'key' }, does]
}
