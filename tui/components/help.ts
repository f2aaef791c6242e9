import { wrap } from '../../src/text/wrap.ts'
import { type Binding, type HelpGroup, toldGroups } from '../keymap.ts'
import { pageHeight, wideColumns } from '../layout.ts'
import { type Line, padded } from '../line.ts'
import { type AppState, type Step, step } from '../state.ts'

/** The help is the keymap: a key that is not told does not exist. What does not fit is scrolled to, and counted. */
export function helpLines(state: AppState): readonly Line[] {
  const all = allLines(state)
  const height = pageHeight(state.size)
  if (all.length <= height) return all
  const top = Math.min(state.helpTop, all.length - height + 1)
  const rest = all.length - top - (height - 1)
  const more = rest > 0 ? `… ${rest} more lines: j scrolls` : 'the end: k scrolls back'
  return [...all.slice(top, top + height - 1), [{ text: more, role: 'dim' }]]
}

export function scrollHelp(state: AppState, by: number): Step {
  // One line of the page tells how much more there is.
  const lowest = Math.max(0, allLines(state).length - pageHeight(state.size) + 1)
  const helpTop = Math.max(0, Math.min(lowest, state.helpTop + by))
  return step({ ...state, helpTop })
}

/** The screen's keys, then those of everywhere; beside each other where there is room. */
function allLines(state: AppState): readonly Line[] {
  const groups = toldGroups(state)
  const { columns } = state.size
  if (columns < wideColumns)
    return groups.flatMap((group) => [...groupLines(group, columns), []]).slice(0, -1)
  const width = Math.floor((columns - between) / groups.length)
  return beside(
    groups.map((group) => groupLines(group, width)),
    width,
  )
}

const between = 2

function beside(texts: readonly (readonly Line[])[], width: number): Line[] {
  const height = Math.max(...texts.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    texts.flatMap((lines, index) =>
      index === texts.length - 1
        ? (lines[row] ?? [])
        : [...padded(lines[row] ?? [], width), ' '.repeat(between)],
    ),
  )
}

function groupLines({ title, bindings }: HelpGroup, columns: number): Line[] {
  return [[{ text: title, role: 'title' }], ...bindings.flatMap((binding) => bindingLines(binding, columns))]
}

const indent = '  '

/** Room for the keys of a binding; who has more goes on below. */
function keyCells(columns: number): number {
  return columns < 50 ? 10 : 16
}

function bindingLines({ keys, does, command }: Binding, columns: number): Line[] {
  const left = keyCells(columns)
  const room = columns - indent.length - left - 1
  const names = wrap(keys.map((key) => (key === ' ' ? 'space' : key)).join(' '), left)
  const words: Line[] = [
    ...wrap(does, room).map((text): Line => [text]),
    ...(command === undefined ? [] : wrap(command, room).map((text): Line => [{ text, role: 'dim' }])),
  ]
  const height = Math.max(names.length, words.length)
  return Array.from({ length: height }, (_, row) => [
    indent,
    { text: (names[row] ?? '').padEnd(left + 1), role: 'key' },
    ...(words[row] ?? []),
  ])
}
