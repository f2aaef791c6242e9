import type { RenewedStatistics, StateUpkeepReport } from '../domain/night-report.ts'

/** What a database wants now and then, in steps so small that nobody who works on it notices. */
export interface StateUpkeep {
  /** Of this node's SQLite file. Throws OperationalError `state.*`. */
  run(): Promise<StateUpkeepReport>
}

export interface QueueStatistics {
  /**
   * Renews what the planner knows of the queue's tables. Answers their names, and of each that was not looked at why not.
   * Throws OperationalError `db.*` when the database is away.
   */
  renew(): Promise<RenewedStatistics>
}
