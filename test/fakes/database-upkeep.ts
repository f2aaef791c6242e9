import type { QueueStatistics, StateUpkeep } from '../../src/ports/database-upkeep.ts'

/** Databases that want nothing. */
export function fakeDatabaseUpkeep(): { state: StateUpkeep; statistics: QueueStatistics } {
  return {
    state: { run: async () => ({ sizeBefore: 4_096, sizeAfter: 4_096, free: 0 }) },
    statistics: { renew: async () => ({ renewed: ['jr_work_queue'], skipped: [] }) },
  }
}
