import type { QueuePolicy } from '../../config/policy.ts'
import type { ClusterDuties } from '../../ports/cluster-duties.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Duty } from '../duty.ts'
import { createLeaderDuty, type LeaderDutyDeps } from './leader-duty.ts'
import { recordRescued } from '../queue/upkeep.ts'

export interface SweepDeps extends LeaderDutyDeps {
  duties: Pick<ClusterDuties, 'rescueStuck' | 'markSilentOffline' | 'foldCounts'>
  policy: QueuePolicy
  ledger: Ledger
}

/** Stuck legacy tasks and silent Jrs are judged in minutes; looking once a minute is soon enough. */
const sweepEveryMs = 60_000
/** Whoever reads the counts adds up the notes of so long, at most. */
const foldEveryMs = 10_000
/** Each takes some ten thousand notes; a flood beyond that is the next pass's. */
const foldsMax = 10
const minGapMs = 100

/** What one node does for all: it needs to be done once, and a second node at it would only double the load. */
export function createSweep(deps: SweepDeps): { sweep: Duty; fold: Duty } {
  const { duties, leader, policy } = deps
  const logger = deps.logger.child({ part: 'upkeep' })

  async function sweep(mandate: Mandate): Promise<void> {
    const rescued = leader.accepted(mandate, await duties.rescueStuck(mandate, policy.stuckAfterMs))
    await recordRescued(
      { logger, ledger: deps.ledger },
      rescued ?? [],
      'was stuck',
      `leader:${mandate.nodeId}`,
    )
    const silent = leader.accepted(mandate, await duties.markSilentOffline(mandate, policy.offlineAfterMs))
    for (const name of silent ?? []) {
      logger.warn({ jr: name }, `${name} was not seen for too long and is marked offline`)
    }
  }

  async function fold(mandate: Mandate): Promise<void> {
    for (let round = 0; round < foldsMax; round += 1) {
      const folded = leader.accepted(mandate, await duties.foldCounts(mandate))
      if (folded === null || folded.before <= folded.after) return
    }
  }

  return {
    sweep: createLeaderDuty(
      { name: 'sweeping stuck tasks', everyMs: sweepEveryMs, minGapMs, run: sweep },
      { ...deps, logger },
    ),
    fold: createLeaderDuty(
      { name: 'adding up the counts of tasks', everyMs: foldEveryMs, minGapMs, run: fold },
      { ...deps, logger },
    ),
  }
}
