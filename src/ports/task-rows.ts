import type { TaskRowState } from '../domain/ledger-check.ts'

/** The tasks' rows as their events would show them, for whoever checks one against the other. */
export interface TaskRows {
  /** The first `limit` (1–1000) rows whose id is above `after`, by id. */
  rows(after: number, limit: number): Promise<TaskRowState[]>
}
