import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import { type AppState, type Step, step, told } from '../../state.ts'
import type { LedgerWish } from './query.ts'

/** What changes as a task gets on, and says nothing else of it. */
const progressColumns = new Set(['progress_percent', 'progress_note', 'progress_at'])

/** Tells an entry only how far a task got on? */
export function isProgress({ eventType, data }: LedgerEntry): boolean {
  if (eventType !== 'task.updated') return false
  const changes = Object.keys((data?.['changes'] as object | null | undefined) ?? {})
  return changes.length > 0 && changes.every((column) => progressColumns.has(column))
}

/** Whether progress is left out: not where one asks for a task, a type or words, which may be of it. */
export function leavesOutProgress({ ledgerProgress }: AppState, { query, words }: LedgerWish): boolean {
  return !ledgerProgress && query.taskId === undefined && query.type === undefined && words === ''
}

/** `a`: shows it too, or leaves it out again. */
export function turnProgress(state: AppState): Step {
  const ledgerProgress = !state.ledgerProgress
  const words = ledgerProgress ? 'All entries, with the progress of tasks.' : 'Without the progress of tasks.'
  return step(told({ ...state, ledgerProgress }, words, 'plain'))
}
