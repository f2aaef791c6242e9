import type { AppState } from '../../state.ts'
import { workerBindings } from '../../screens/workers/keys.ts'
import { workerById } from '../../screens/workers/state.ts'
import type { Page } from '../page.ts'
import { workerText } from './text.ts'

const shownWorker = (state: AppState) => workerById(state, state.pages.at(-1)?.id ?? '')

/** One instance of a worker: how it stands, what it is at, how it is configured, what the ledger tells of it. */
export const workerPage: Page = {
  title: 'This worker',
  keys: workerBindings(shownWorker),
  ages: true,
  lines: (state, id) => workerText(state, id),
  wants(state, id) {
    const name = workerById(state, id)?.name
    if (name === undefined) return []
    return [
      { source: 'worker', by: { name } },
      { source: 'worker_ledger', by: { name } },
    ]
  },
}
