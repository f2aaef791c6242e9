import { jrName } from '../../../src/domain/ids.ts'
import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import { openWorker } from '../../screens/tasks/worker-of.ts'
import { type AppState, type Step, step, told } from '../../state.ts'
import { openPage } from '../open.ts'

/** `t`: on to the task that an entry is about. */
export function showTask(state: AppState, entry: LedgerEntry | null | undefined): Step {
  const id = entry?.taskId
  if (id === undefined) return step(told(state, 'This entry is about no task.', 'plain'))
  return openPage(state, 'task', String(id))
}

/** `w`: on to its worker. */
export function showWorker(state: AppState, entry: LedgerEntry | null | undefined): Step {
  if (entry?.worker === undefined) return step(told(state, 'This entry is about no worker.', 'plain'))
  return openWorker(state, jrName(entry.worker), [])
}
