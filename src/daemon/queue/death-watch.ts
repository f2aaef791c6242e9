import type { InstanceId, JrName } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { AttemptQueue, QueueUpkeep } from '../../ports/task-queue.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'

/**
 * Gives back the leases of dead workers. The supervisor tells of a death once its tree is gone; the death is remembered
 * until the database has taken it, so that an outage only delays what the lease's end would do anyway.
 */
export interface DeathWatch extends Duty {
  died(instanceId: InstanceId, name: JrName, cause: string): Promise<void>
}

/** More deaths than this wait for their leases to expire instead. */
const rememberedMax = 1_000

export function createDeathWatch(deps: {
  queue: Pick<AttemptQueue, 'retire'> & Pick<QueueUpkeep, 'returnLeases'>
  ledger: Ledger
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}): DeathWatch {
  const { queue, ledger } = deps
  const logger = deps.logger.child({ part: 'deaths' })
  let asked = false
  const remembered = new Map<InstanceId, { name: JrName; cause: string }>()

  async function settle(instanceId: InstanceId, name: JrName, cause: string): Promise<void> {
    for (const { taskId, status } of await queue.returnLeases(instanceId, cause)) {
      const message = `task ${taskId} came back from ${name}, which ${cause}: now ${status}`
      logger.warn({ taskId }, message)
      ledger.note({ eventType: 'task.rescued', level: 'warn', actor: 'daemon', taskId, message })
    }
    await queue.retire(instanceId)
  }

  const duty = createDuty(
    {
      name: 'giving back the leases of dead workers',
      everyMs: 60_000,
      minGapMs: 0,
      async run() {
        asked = remembered.size > 0
        for (const [instanceId, { name, cause }] of remembered) {
          await settle(instanceId, name, cause)
          remembered.delete(instanceId)
        }
      },
      // A pass with nobody to settle has not asked the database, and so knows nothing of it.
      settled: (error, beganMs) => asked && deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger },
  )

  return {
    ...duty,
    died(instanceId, name, cause) {
      if (remembered.size < rememberedMax) remembered.set(instanceId, { name, cause })
      return duty.runNow()
    },
  }
}
