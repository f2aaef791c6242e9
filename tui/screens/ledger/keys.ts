import { edited, filtered } from '../../filter.ts'
import type { Binding } from '../../keymap.ts'
import { showTask, showWorker } from '../../pages/entry/links.ts'
import { openPage } from '../../pages/open.ts'
import { openVerdict } from '../../pages/verdict/open.ts'
import { step, told } from '../../state.ts'
import { back, earlier, later } from './place.ts'
import { turnProgress } from './progress.ts'
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
    press: (state) => showTask(state, selectedEntry(state)),
  },
  {
    keys: ['w'],
    does: 'show the worker that the entry is about',
    press: (state) => showWorker(state, selectedEntry(state)),
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
    keys: ['[', ']'],
    does: 'the entries before these, after these',
    short: 'earlier',
    press: (state, key) => (key === '[' ? earlier(state) : later(state)),
  },
  {
    keys: ['a'],
    does: 'show also how far tasks got on, or leave that out',
    press: turnProgress,
  },
  { keys: ['esc'], does: 'back to the newest; drop the filter', press: back },
  {
    keys: ['v'],
    does: 'verify the chain of hashes, from the first entry to the last',
    short: 'verify',
    command: 'jrctl ledger verify',
    press: openVerdict,
  },
  {
    keys: ['/'],
    does: 'filter: words, error or warn, #42 (a task), jr:NAME, dlq. (how a type begins)',
    short: 'filter',
    press: edited,
  },
]
