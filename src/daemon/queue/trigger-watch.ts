import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { QueueTriggers } from '../../ports/queue-triggers.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { createDuty, type Duty } from '../duty.ts'

/** A person switches a trigger off for minutes or for good; one small query a minute tells of both. */
const everyMs = 60_000

export interface TriggerWatch extends Duty {
  /** What is wrong and its remedy, in plain words; null: nothing. */
  readonly complaint: string | null
}

/**
 * Notices when the queue's triggers do not fire: then nobody is told of changes, and neither events nor counts are kept,
 * while everything else looks well. Logged when it begins and when it ends.
 */
export function createTriggerWatch(deps: {
  triggers: QueueTriggers
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}): TriggerWatch {
  const logger = deps.logger.child({ part: 'upkeep' })
  let complaint: string | null = null

  function found(next: string | null): void {
    if (next === complaint) return
    complaint = next
    if (next !== null) logger.error({}, next)
    else logger.info({}, 'the triggers of jr_work_queue fire again')
  }

  const duty = createDuty(
    {
      name: 'looking after the triggers',
      everyMs,
      minGapMs: 1_000,
      async run() {
        const silent = await deps.triggers.silent()
        found(silent.length === 0 ? null : complaintOf(silent))
      },
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger },
  )
  return {
    ...duty,
    get complaint() {
      return complaint
    },
  }
}

function complaintOf(silent: readonly string[]): string {
  const names = silent.join(', ')
  return `triggers of jr_work_queue do not fire, changes are neither recorded nor told: ${names}; run: jrctl migrate`
}
