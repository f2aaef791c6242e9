import type { Health, HealthStatus } from '../../domain/cycle/health.ts'
import type { LedgerLevel } from '../../domain/ledger-event.ts'
import { messageOf } from '../../errors.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'

/** Tells changes of the fleet's health in ledger and log, whoever looked. Never throws: what it tells is more than what it keeps. */
export type TellHealth = (mandate: Mandate, health: Health) => Promise<void>

export interface HealthNewsDeps {
  store: Pick<CycleStore, 'readHealthTold' | 'keepHealthTold'>
  ledger: Ledger
  logger: Logger
}

const levels = { healthy: 'info', degraded: 'warn', critical: 'error' } as const satisfies Record<
  HealthStatus,
  LedgerLevel
>

/**
 * The leader's. What was told is the queue's to remember: a leader that dies in a critical fleet has told so, and only the next one can
 * tell that it is over. A fleet that is still critical is told again at each change of the leader, for nobody knows whether what the
 * dead one said has arrived.
 */
export function createHealthNews({ store, ledger, logger }: HealthNewsDeps): TellHealth {
  let reign: { term: number; told: HealthStatus } | null = null
  /** By this daemon, whoever led since. */
  let toldHere: HealthStatus = 'healthy'

  async function toldBefore(term: number): Promise<HealthStatus> {
    // A fleet that is well from the start is no news.
    return (reign?.term === term ? reign.told : await tried(() => store.readHealthTold())) ?? toldHere
  }

  async function tried<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      logger.debug({}, `what was told of the health cannot be kept: ${messageOf(error)}`)
      return null
    }
  }

  return async (mandate, { score, status, deductions }) => {
    const before = await toldBefore(mandate.term)
    reign = { term: mandate.term, told: status }
    const isNews = before !== status || (status === 'critical' && toldHere !== status)
    toldHere = status
    if (!isNews) return
    const why = deductions.map(({ points, reason }) => `−${points}: ${reason}`).join('; ')
    const message = `system health is ${status}: ${score} of 100${why === '' ? '' : ` (${why})`}`
    logger[levels[status]]({ score }, message)
    ledger.note({
      eventType: `system.health.${status}`,
      level: levels[status],
      actor: 'orchestrator',
      message,
      data: { from: before, to: status, score, deductions: deductions.map((one) => ({ ...one })) },
    })
    await tried(() => store.keepHealthTold(mandate, status))
  }
}
