import type { Clock } from '../../ports/clock.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Logger } from '../../ports/logger.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import { type Duty, type DutySpec, createDuty } from '../duty.ts'
import type { Leader } from './leader.ts'

export interface LeaderDutyDeps {
  leader: Pick<Leader, 'mandate' | 'accepted'>
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}

export interface LeaderDutySpec extends Pick<DutySpec, 'name' | 'everyMs' | 'minGapMs' | 'shareMax'> {
  /** One pass under the mandate. */
  run(mandate: Mandate): Promise<number | void>
}

/** A duty that rests while another node leads. It is to be woken when this one does. */
export function createLeaderDuty(spec: LeaderDutySpec, deps: LeaderDutyDeps): Duty {
  return createDuty(
    {
      ...spec,
      // A reload may change them.
      get everyMs() {
        return spec.everyMs
      },
      get minGapMs() {
        return spec.minGapMs
      },
      async run() {
        const mandate = deps.leader.mandate()
        return mandate === null ? { skippedForMs: Infinity } : spec.run(mandate)
      },
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger: deps.logger },
  )
}
