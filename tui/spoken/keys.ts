import type { Key as TerminalKey } from 'node:readline'
import type { Key } from '../key-name.ts'

const named: Readonly<Record<string, string>> = {
  up: 'up',
  down: 'down',
  left: 'left',
  right: 'right',
  pageup: 'pgup',
  pagedown: 'pgdn',
  home: 'home',
  end: 'end',
  return: 'enter',
  enter: 'enter',
  escape: 'esc',
  backspace: 'backspace',
  delete: 'backspace',
}

/** A key press as Node reads it off a terminal, by the names of the keymap; undefined: it means nothing here. */
export function keyOf(text: string | undefined, { name, ctrl, meta, shift }: TerminalKey): Key | undefined {
  if (name === 'tab') return { name: shift ? 'shift+tab' : 'tab', text: '' }
  if (ctrl) return { name: `ctrl+${name ?? ''}`, text: '' }
  const special = named[name ?? '']
  if (special !== undefined) return { name: special, text: '' }
  if (meta || text === undefined || /\p{Cc}/u.test(text)) return undefined
  return { name: text, text }
}
