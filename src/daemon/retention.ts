import type { RetentionPolicy } from '../config/policy.ts'
import type { ClusterDuties, Led, Pruned } from '../ports/cluster-duties.ts'
import type { Mandate } from '../ports/leadership.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Duty } from './duty.ts'
import { createLeaderDuty, type LeaderDutyDeps } from './leader-duty.ts'

export interface RetentionDeps extends LeaderDutyDeps {
  duties: Pick<ClusterDuties, 'pruneTasks' | 'pruneEvents'>
  /** Of the queue; the ledger's is each node's own. */
  policy: Omit<RetentionPolicy, 'ledgerMs' | 'ledgerEntries'>
  ledger: Ledger
}

const everyMs = 60_000
/** Rows that one statement looks at: some tens of milliseconds when all of them go. */
const batch = 500
/** Between two statements, so that deleting never is all that the database does. */
const pauseMs = 100
/** One pass looks at so many batches of each table; what is left is the next one's. */
const batchesMax = 10
/** A backlog, as after retention was switched on, goes on after this. */
const backlogEveryMs = 5_000
/** What was looked at and stays (unfinished, or dead letters that are kept longer) is looked at again after this. */
const lapEveryMs = 3_600_000

/** A walk through a table by id, from the oldest row that stayed to the first page that is all young. */
interface Walk {
  afterId: number
  /** The lowest id that stayed in this lap: where the next one begins. */
  firstKeptId: number | null
  restsUntilMs: number
  deleted: number
}

/**
 * Deletes what is older than the policy keeps. Rows are found by walking along their ids, which grow with time: no index has to
 * be kept up for it, and what is young is never looked at. The walk's place is memory only; another leader begins at the
 * beginning, where what is gone costs nothing.
 */
export function createRetention(deps: RetentionDeps): Duty {
  const { duties, leader, policy, clock, ledger } = deps
  const logger = deps.logger.child({ part: 'retention' })
  const tasks = newWalk()
  const events = newWalk()
  const { finishedTasksMs, deadLettersMs, eventsMs } = policy
  const ages = { finishedMs: finishedTasksMs, deadMs: deadLettersMs }

  async function run(mandate: Mandate): Promise<number | undefined> {
    const hasTasks =
      (finishedTasksMs !== null || deadLettersMs !== null) &&
      (await walkOn(tasks, mandate, 'finished tasks', (afterId) =>
        duties.pruneTasks(mandate, ages, afterId, batch),
      ))
    const hasEvents =
      eventsMs !== null &&
      (await walkOn(events, mandate, 'events', (afterId) =>
        duties.pruneEvents(mandate, eventsMs, afterId, batch),
      ))
    return hasTasks || hasEvents ? backlogEveryMs : undefined
  }

  /** Whether there is more to look at. */
  async function walkOn(
    walk: Walk,
    mandate: Mandate,
    what: string,
    prune: (afterId: number) => Promise<Led<Pruned>>,
  ): Promise<boolean> {
    if (clock.monotonicMs() < walk.restsUntilMs) return false
    for (let batches = 0; batches < batchesMax; batches += 1) {
      if (batches > 0) await clock.sleep(pauseMs)
      const pruned = leader.accepted(mandate, await prune(walk.afterId))
      if (pruned === null) return false
      walk.deleted += pruned.deleted
      walk.firstKeptId ??= pruned.firstKeptId
      walk.afterId = pruned.lastId ?? walk.afterId
      if (!pruned.isYoung && pruned.seen === batch) continue
      await endLap(walk, what)
      return false
    }
    return true
  }

  async function endLap(walk: Walk, what: string): Promise<void> {
    const { deleted, firstKeptId, afterId } = walk
    Object.assign(walk, newWalk(), {
      afterId: firstKeptId === null ? afterId : firstKeptId - 1,
      restsUntilMs: clock.monotonicMs() + lapEveryMs,
    })
    if (deleted === 0) return
    const message = `retention deleted ${deleted} ${what}`
    logger.info({ deleted }, message)
    ledger.note({
      eventType: 'retention.pruned',
      level: 'info',
      actor: 'retention',
      message,
      data: { deleted },
    })
  }

  return createLeaderDuty(
    { name: 'deleting what is too old', everyMs, minGapMs: 1_000, run },
    { ...deps, logger },
  )
}

function newWalk(): Walk {
  return { afterId: Number.MIN_SAFE_INTEGER, firstKeptId: null, restsUntilMs: 0, deleted: 0 }
}
