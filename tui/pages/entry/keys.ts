import type { Binding } from '../../keymap.ts'
import type { AppState } from '../../state.ts'
import { showTask, showWorker } from './links.ts'
import { shownEntry } from './state.ts'

export const entryKeys: readonly Binding[] = [
  {
    keys: ['t', 'enter'],
    does: 'show the task that it is about',
    short: 'task',
    press: (state) => showTask(state, ownEntry(state)),
  },
  {
    keys: ['w'],
    does: 'show the worker that it is about',
    short: 'worker',
    press: (state) => showWorker(state, ownEntry(state)),
  },
]

function ownEntry(state: AppState) {
  return shownEntry(state, state.pages.at(-1)?.id ?? '')
}
