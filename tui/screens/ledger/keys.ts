import { filtered } from '../../filter.ts'
import { openVerdict } from '../../pages/verdict/open.ts'
import type { Binding } from '../../keymap.ts'
import { openPage } from '../../pages/open.ts'
import { step, told } from '../../state.ts'
import { filterLike } from './query.ts'
import { selectedEntry } from './state.ts'

export const ledgerKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'show the entry',
    short: 'show',
    press(state) {
      const entry = selectedEntry(state)
      return entry
        ? openPage(state, 'entry', String(entry.id))
        : step(told(state, 'No entry is chosen.', 'plain'))
    },
  },
  {
    keys: ['t'],
    does: 'show the task that the entry is about',
    press(state) {
      const id = selectedEntry(state)?.taskId
      return id === undefined
        ? step(told(state, 'This entry is about no task.', 'plain'))
        : openPage(state, 'task', String(id))
    },
  },
  {
    keys: ['f'],
    does: 'leave only what is about the same task or worker, or of the same type',
    short: 'only this',
    press(state) {
      const entry = selectedEntry(state)
      return entry
        ? filtered(state, filterLike(entry), false)
        : step(told(state, 'No entry is chosen.', 'plain'))
    },
  },
  {
    keys: ['v'],
    does: 'verify the chain of hashes, from the first entry to the last',
    short: 'verify',
    command: 'jrctl ledger verify',
    press: openVerdict,
  },
]
