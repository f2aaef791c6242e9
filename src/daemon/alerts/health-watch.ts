import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import { createLeaderDuty, type LeaderDutyDeps } from '../cluster/leader-duty.ts'
import type { TellHealth } from '../cycle/health-news.ts'
import type { Duty } from '../duty.ts'

/** Nobody acts on it, and who is told waits for minutes anyway: a look a minute costs nothing that anybody could measure. */
const everyMs = 60_000
const minGapMs = 1_000

export interface HealthWatchDeps extends LeaderDutyDeps {
  cycle: {
    line(): { enabled: boolean | null }
    look(): Promise<Pick<Snapshot, 'system'>>
    tellHealth: TellHealth
  }
}

/**
 * Looks after the fleet's health while the cycle is off, which else does it with each of its passes: people want to be told of a
 * fleet that is ill above all where nothing acts by itself. The leader's.
 */
export function createHealthWatch(deps: HealthWatchDeps): Duty {
  const { cycle } = deps
  return createLeaderDuty(
    {
      name: "looking after the fleet's health",
      everyMs,
      minGapMs,
      async run(mandate) {
        if (cycle.line().enabled !== true) await cycle.tellHealth(mandate, (await cycle.look()).system)
      },
    },
    { ...deps, logger: deps.logger.child({ part: 'alerts' }) },
  )
}
