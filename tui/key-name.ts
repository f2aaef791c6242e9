import type { Key as InkKey } from 'ink'

/** A key: its name for bindings, and the text it types ('' when it types none). */
export interface Key {
  name: string
  text: string
}

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const satisfies [keyof InkKey, string][]

/** Keys that are characters, as they come in the middle of a fast burst. */
const controls: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007F': 'backspace',
  '\u001B': 'esc',
  '\u0003': 'ctrl+c',
}

function typed(character: string): Key {
  const control = controls[character]
  return control === undefined ? { name: character, text: character } : { name: control, text: '' }
}

/** Ink's report of a key press by the names of the keymap. Keys typed faster than they are read come as one report. */
export function keysOf(input: string, key: InkKey): Key[] {
  if (key.eventType === 'release' || key.super || key.hyper) return []
  if (key.tab) return [{ name: key.shift ? 'shift+tab' : 'tab', text: '' }]
  const special = named.find(([flag]) => key[flag])
  if (special) return [{ name: special[1], text: '' }]
  if (key.ctrl) return [{ name: `ctrl+${input}`, text: '' }]
  if (key.meta) return []
  // A terminal that reports each key by its name (kitty's protocol, left on by another program) tells of the shift apart.
  return Array.from(key.shift ? input.toUpperCase() : input, typed)
}
