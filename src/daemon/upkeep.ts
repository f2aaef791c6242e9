import type { QueuePolicy } from '../config/policy.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { QueueUpkeep, Rescued } from '../ports/task-queue.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { type Duty, createDuty } from './duty.ts'

export interface UpkeepDeps {
  queue: QueueUpkeep
  policy: QueuePolicy
  database: DatabaseWatch
  ledger: Ledger
  clock: Clock
  logger: Logger
}

/** Stuck legacy tasks and silent Jrs are judged in minutes; looking once a minute is soon enough. */
const sweepEveryMs = 60_000
/** A flood of notices makes at most ten passes a second. */
const minGapMs = 100

/** The duties that keep the queue moving whoever works on it (spec §2: retries and schedules on time, rescue, sweep). */
export function createUpkeep(deps: UpkeepDeps): { ready: Duty; rescue: Duty; sweep: Duty } {
  const { queue, policy, clock } = deps
  const logger = deps.logger.child({ part: 'upkeep' })
  const duty = (name: string, everyMs: number, run: () => Promise<number | void>) =>
    createDuty(
      { name, everyMs, minGapMs, run, settled: (error) => deps.database.settled(error) },
      { clock, logger },
    )

  async function record(rescued: readonly Rescued[], why: string): Promise<void> {
    for (const { taskId, jrName, status } of rescued) {
      const message = `task ${taskId} of ${jrName ?? 'nobody'} ${why}: now ${status}`
      logger.warn({ taskId, status }, message)
      await deps.ledger.append({ eventType: 'task.rescued', level: 'warn', actor: 'daemon', taskId, message })
    }
  }

  return {
    ready: duty('making due tasks ready', policy.pollIntervalMs, async () => {
      const { nextDueMs } = await queue.makeReady()
      return nextDueMs ?? undefined
    }),
    // A quarter of the lease bounds how long an expired one is overlooked, at a cost of one index probe.
    rescue: duty('rescuing expired leases', policy.leaseMs / 4, async () => {
      await record(await queue.rescueExpired(), 'lost its lease')
    }),
    sweep: duty('sweeping stuck tasks', sweepEveryMs, async () => {
      await record(await queue.rescueStuck(policy.stuckAfterMs), 'was stuck')
      for (const name of await queue.markSilentOffline(policy.offlineAfterMs)) {
        logger.warn({ jr: name }, `${name} was not seen for too long and is marked offline`)
      }
    }),
  }
}
