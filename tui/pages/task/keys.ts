import { askUrgent } from '../../changes/urgent.ts'
import type { Binding } from '../../keymap.ts'
import { shownTask } from './state.ts'

export const taskKeys: readonly Binding[] = [
  {
    keys: ['u'],
    does: 'make urgent, or take that back; asks first',
    short: 'urgent',
    press: (state) => askUrgent(state, shownTask(state, state.pages.at(-1)?.id ?? '')?.task),
  },
]
