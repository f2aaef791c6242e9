import type { Health, HealthStatus } from '../../domain/cycle/health.ts'
import type { LedgerLevel } from '../../domain/ledger-event.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import type { Ledger } from '../../ports/ledger.ts'
import { createLeaderDuty, type LeaderDutyDeps } from '../cluster/leader-duty.ts'
import type { Duty } from '../duty.ts'

/** Nobody acts on it, and who is told waits for minutes anyway: a look a minute costs nothing that anybody could measure. */
const everyMs = 60_000
const minGapMs = 1_000

const levels = { healthy: 'info', degraded: 'warn', critical: 'error' } as const satisfies Record<
  HealthStatus,
  LedgerLevel
>

export interface HealthWatchDeps extends LeaderDutyDeps {
  cycle: { line(): { enabled: boolean | null }; look(): Promise<Pick<Snapshot, 'system'>> }
  ledger: Ledger
}

/**
 * Looks after the fleet's health while the cycle is off, which else does it with each of its passes: people want to be told of a
 * fleet that is ill above all where nothing acts by itself. The leader's, and in the words of the cycle's own entries.
 */
export function createHealthWatch(deps: HealthWatchDeps): Duty {
  const { cycle, ledger } = deps
  const logger = deps.logger.child({ part: 'alerts' })
  let known: HealthStatus = 'healthy'

  function tell(health: Health): void {
    const { score, status, deductions } = health
    if (status === known) return
    const from = known
    known = status
    const why = deductions.map(({ points, reason }) => `−${points}: ${reason}`).join('; ')
    const message = `system health is ${status}: ${score} of 100${why === '' ? '' : ` (${why})`}`
    logger[levels[status]]({ score }, message)
    ledger.note({
      eventType: `system.health.${status}`,
      level: levels[status],
      actor: 'daemon',
      message,
      data: {
        from,
        to: status,
        score,
        deductions: deductions.map(({ kind, points, reason }) => ({ kind, points, reason })),
      },
    })
  }

  return createLeaderDuty(
    {
      name: "looking after the fleet's health",
      everyMs,
      minGapMs,
      async run() {
        if (cycle.line().enabled !== true) tell((await cycle.look()).system)
      },
    },
    { ...deps, logger },
  )
}
