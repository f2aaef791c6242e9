import type { Binding } from '../../keymap.ts'
import { pageHeight } from '../../layout.ts'
import { askUrgent } from '../urgent.ts'
import { closeDetail, scrollDetail } from './state.ts'

export const detailBindings: readonly Binding[] = [
  { keys: ['esc', 'backspace', 'h'], does: 'back', short: 'back', press: closeDetail },
  {
    keys: ['u'],
    does: 'make urgent, or take that back; asks first',
    short: 'urgent',
    press: (state) => askUrgent(state, state.detail?.view?.task),
  },
  { keys: ['j', 'down'], does: 'scroll down', press: (state) => scrollDetail(state, 1) },
  { keys: ['k', 'up'], does: 'scroll up', press: (state) => scrollDetail(state, -1) },
  { keys: ['pgdn'], does: 'a page down', press: (state) => scrollDetail(state, pageHeight(state.size)) },
  { keys: ['pgup'], does: 'a page up', press: (state) => scrollDetail(state, -pageHeight(state.size)) },
]
