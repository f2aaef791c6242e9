import type { Binding } from '../../keymap.ts'
import { type AppState, step, told } from '../../state.ts'
import { openPage } from '../open.ts'
import { shownEntry } from './state.ts'

export const entryKeys: readonly Binding[] = [
  {
    keys: ['t', 'enter'],
    does: 'show the task that it is about',
    short: 'task',
    press(state) {
      const id = ownEntry(state)?.taskId
      return id === undefined
        ? step(told(state, 'This entry is about no task.', 'plain'))
        : openPage(state, 'task', String(id))
    },
  },
]

function ownEntry(state: AppState) {
  return shownEntry(state, state.pages.at(-1)?.id ?? '')
}
