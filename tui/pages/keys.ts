import type { Binding } from '../keymap.ts'
import { pageHeight } from '../layout.ts'
import { closePage, scrollPage } from './open.ts'

/** Those of every page. */
export const pageBindings: readonly Binding[] = [
  { keys: ['esc', 'backspace', 'h'], does: 'back', short: 'back', press: closePage },
  { keys: ['j', 'down'], does: 'scroll down', press: (state) => scrollPage(state, 1) },
  { keys: ['k', 'up'], does: 'scroll up', press: (state) => scrollPage(state, -1) },
  {
    keys: ['pgdn', 'ctrl+f', ' '],
    does: 'a page down',
    press: (state) => scrollPage(state, pageHeight(state.size)),
  },
  {
    keys: ['pgup', 'ctrl+b'],
    does: 'a page up',
    press: (state) => scrollPage(state, -pageHeight(state.size)),
  },
  { keys: ['g', 'home'], does: 'to its beginning', press: (state) => scrollPage(state, -toTheEnd) },
  { keys: ['G', 'end'], does: 'to its end', press: (state) => scrollPage(state, toTheEnd) },
]

/** Further than any page is long. */
const toTheEnd = 1e9
