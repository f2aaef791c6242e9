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

function bindingLine({ keys, does }: Binding): Line {
  return ['  ', { text: keys.join(' ').padEnd(22), role: 'key' }, does]
}
