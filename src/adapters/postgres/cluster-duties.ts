import type { ClusterDuties } from '../../ports/cluster-duties.ts'
import type { Database } from './connect.ts'
import { acceptances } from './sql/acceptances.ts'
import { assign } from './sql/assign.ts'
import { foldCounts } from './sql/fold-counts.ts'
import { onlineJrs } from './sql/online-jrs.ts'
import { pruneEvents } from './sql/prune-events.ts'
import { pruneTasks } from './sql/prune-tasks.ts'
import { sweepSilent, sweepStuck } from './sql/sweep.ts'
import { countUnassigned, unassigned } from './sql/unassigned.ts'
import { unseenJrs } from './sql/unseen-jrs.ts'

/** The leader's duties over Postgres, each write of which proves the mandate (see sql/under-mandate.ts). */
export function createClusterDuties(db: Database): ClusterDuties {
  return {
    unassigned: (skip, limit) => unassigned(db, skip, limit),
    countUnassigned: (max) => countUnassigned(db, max),
    onlineJrs: (offlineAfterMs) => onlineJrs(db, offlineAfterMs),
    unseenJrs: (max, tasksMax) => unseenJrs(db, max, tasksMax),
    acceptances: () => acceptances(db),
    assign: (mandate, placements) => assign(db, mandate, placements),
    rescueStuck: (mandate, stuckMs) => sweepStuck(db, mandate, stuckMs),
    markSilentOffline: (mandate, silentMs) => sweepSilent(db, mandate, silentMs),
    foldCounts: (mandate) => foldCounts(db, mandate),
    pruneTasks: (mandate, ages, afterId, limit) => pruneTasks(db, mandate, ages, afterId, limit),
    pruneEvents: (mandate, olderThanMs, afterId, limit) =>
      pruneEvents(db, mandate, olderThanMs, afterId, limit),
  }
}
