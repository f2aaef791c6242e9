import type { Page } from '../page.ts'
import { entryKeys } from './keys.ts'
import { shownEntry } from './state.ts'
import { entryText } from './text.ts'

export const entryPage: Page = {
  title: 'This entry',
  keys: entryKeys,
  lines(state, id) {
    const entry = shownEntry(state, id)
    if (entry === null) return [[`  There is no entry ${id} in this node's ledger (any more).`]]
    return entry === undefined ? null : entryText(entry, state.size.columns, state.status.at.wallMs)
  },
  // What is written in a ledger stays as it is: asked for once.
  wants: (state, id) =>
    shownEntry(state, id) === undefined ? [{ source: 'ledger_entry', by: { id: Number(id) } }] : [],
}
