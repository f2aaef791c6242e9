import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import { createLeaderDuty, type LeaderDutyDeps } from '../cluster/leader-duty.ts'
import type { Duty } from '../duty.ts'

/** Decisions are shown for so long; marks keep a task from being acted upon for a day at most. */
const ages = { decisionsMs: 30 * 86_400_000, marksMs: 2 * 86_400_000 }
const everyMs = 3_600_000
/** Rows that one statement deletes. */
const batch = 500
/** A backlog goes on after this. */
const backlogEveryMs = 1_000

/** Deletes what the cycle has on record and nobody needs any more. */
export function createCycleRetention(deps: LeaderDutyDeps & { store: Pick<CycleStore, 'prune'> }): Duty {
  return createLeaderDuty(
    {
      name: "deleting the cycle's old records",
      everyMs,
      minGapMs: 1_000,
      async run(mandate: Mandate) {
        const deleted = deps.leader.accepted(mandate, await deps.store.prune(mandate, ages, batch))
        return deleted !== null && deleted >= batch ? backlogEveryMs : undefined
      },
    },
    deps,
  )
}
