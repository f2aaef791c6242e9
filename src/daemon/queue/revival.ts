import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'

/** While the database is away; a server that recovers from a crash may need some of these. */
const whileAwayMs = 2_000
/** With the database up there is nothing to do: the outage itself wakes this duty. */
const otherwiseMs = 3_600_000

/** Starts our own database again when it died. One that somebody else runs is only waited for. */
export function createRevival(deps: {
  database: DatabaseWatch
  /** Adopts the running server or starts it. Null: it is not ours to start. */
  revive: (() => Promise<void>) | null
  clock: Clock
  logger: Logger
}): Duty {
  const { database, revive, clock, logger } = deps
  return createDuty(
    {
      name: 'keeping the embedded database alive',
      everyMs: otherwiseMs,
      minGapMs: 500,
      async run() {
        if (revive === null || database.up) return otherwiseMs
        await revive()
        return whileAwayMs
      },
    },
    { clock, logger },
  )
}
