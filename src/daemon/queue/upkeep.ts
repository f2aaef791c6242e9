import type { QueuePolicy } from '../../config/policy.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { QueueUpkeep, Rescued } from '../../ports/task-queue.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { type Duty, type DutySpec, createDuty } from '../duty.ts'

export interface UpkeepDeps {
  queue: QueueUpkeep
  policy: QueuePolicy
  database: DatabaseWatch
  ledger: Ledger
  clock: Clock
  logger: Logger
}

/** A flood of notices makes at most ten passes a second. */
const minGapMs = 100

/**
 * The duties that keep the queue moving (spec §2: retries and schedules on time, rescue of expired leases). Every node does
 * them: each is one index probe when there is nothing to do, rows are skipped where another node is at them, a rescue is
 * fenced by the lease it ends, and so work goes on while nobody leads.
 */
export function createUpkeep(deps: UpkeepDeps): { ready: Duty; rescue: Duty } {
  const { queue, policy, clock } = deps
  const logger = deps.logger.child({ part: 'upkeep' })
  let heldUntilMs = Number.NEGATIVE_INFINITY
  const duty = (name: string, everyMs: number, run: DutySpec['run']) =>
    createDuty(
      {
        name,
        everyMs,
        minGapMs,
        run,
        settled: (error, beganMs) => deps.database.settled(error, beganMs),
      },
      { clock, logger },
    )

  return {
    ready: duty('making due tasks ready', policy.pollIntervalMs, async () => {
      const { nextDueMs } = await queue.makeReady()
      return nextDueMs ?? undefined
    }),
    // A quarter of the lease bounds how long an expired one is overlooked, at a cost of one index probe.
    rescue: duty('rescuing expired leases', policy.leaseMs / 4, async () => {
      // While nobody could renew, leases ran out of workers that live on: they have a lease's time to say so first.
      if (!deps.database.up) heldUntilMs = clock.monotonicMs() + policy.leaseMs
      const heldMs = heldUntilMs - clock.monotonicMs()
      if (heldMs > 0) return { skippedForMs: heldMs }
      await recordRescued(
        { logger, ledger: deps.ledger },
        await queue.rescueExpired(),
        'lost its lease',
        'daemon',
      )
      return undefined
    }),
  }
}

/** Tells of tasks that came back, in the log and in the ledger. */
export async function recordRescued(
  { ledger, logger }: { ledger: Ledger; logger: Logger },
  rescued: readonly Rescued[],
  why: string,
  actor: string,
): Promise<void> {
  for (const { taskId, jrName, status } of rescued) {
    const message = `task ${taskId} of ${jrName ?? 'nobody'} ${why}: now ${status}`
    logger.warn({ taskId, status }, message)
    ledger.note({ eventType: 'task.rescued', level: 'warn', actor, taskId, message })
  }
}
