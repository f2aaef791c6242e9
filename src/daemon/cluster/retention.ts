import type { RetentionPolicy } from '../../config/policy.ts'
import type { ClusterDuties, Led, Pruned } from '../../ports/cluster-duties.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Ledger } from '../../ports/ledger.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import type { Duty } from '../duty.ts'
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
/** A hundred years; older than anything. */
const foreverMs = 36_500 * 86_400_000
/** Where something cannot be deleted, so many rows stay with it. */
const smallBatch = 20
/** What was looked at and stays (unfinished, or dead letters that are kept longer) is looked at again after this. */
const lapEveryMs = 3_600_000

/** A table that is walked through by id. */
interface Table {
  what: string
  prune(mandate: Mandate, afterId: number, limit: number): Promise<Led<Pruned>>
  /** Looks at the same rows and deletes none. */
  look(mandate: Mandate, afterId: number, limit: number): Promise<Led<Pruned>>
}

/** From the oldest row that stayed the last time to the first page that is all young. */
interface Lap {
  afterId: number
  /** The lowest id that stayed: where the next lap begins. */
  firstKeptId: number | null
  deleted: number
  limit: number
}

/**
 * Deletes what is older than the policy keeps. Rows are found by walking along their ids, which grow with time: no index has to
 * be kept up for it, and what is young is never looked at. The walk's place is memory only; another leader begins at the
 * beginning, where what is gone costs nothing.
 */
export function createRetention(deps: RetentionDeps): Duty[] {
  const { duties, policy } = deps
  const { finishedTasksMs, deadLettersMs, eventsMs } = policy
  const ages = { finishedMs: finishedTasksMs, deadMs: deadLettersMs }
  const never = { finishedMs: null, deadMs: null }
  const tables: Table[] = []
  if (finishedTasksMs !== null || deadLettersMs !== null) {
    tables.push({
      what: 'finished tasks',
      prune: (mandate, afterId, limit) => duties.pruneTasks(mandate, ages, afterId, limit),
      look: (mandate, afterId, limit) => duties.pruneTasks(mandate, never, afterId, limit),
    })
  }
  if (eventsMs !== null) {
    tables.push({
      what: 'events',
      prune: (mandate, afterId, limit) => duties.pruneEvents(mandate, eventsMs, afterId, limit),
      look: (mandate, afterId, limit) => duties.pruneEvents(mandate, foreverMs, afterId, limit),
    })
  }
  return tables.map((table) => createWalk(table, deps))
}

function createWalk(table: Table, deps: RetentionDeps): Duty {
  const { leader, clock, ledger } = deps
  const logger = deps.logger.child({ part: 'retention' })
  let lap = newLap(Number.MIN_SAFE_INTEGER)
  let restsUntilMs = 0

  async function run(mandate: Mandate): Promise<number | undefined> {
    if (clock.monotonicMs() < restsUntilMs) return undefined
    for (let batches = 0; batches < batchesMax; batches += 1) {
      if (batches > 0) await clock.sleep(pauseMs)
      const pruned = leader.accepted(mandate, await pruneOrPass(mandate))
      if (pruned === null) return undefined
      lap.deleted += pruned.deleted
      lap.firstKeptId ??= pruned.firstKeptId
      lap.afterId = pruned.lastId ?? lap.afterId
      if (!pruned.isYoung && pruned.seen === pruned.asked) continue
      endLap()
      return undefined
    }
    return backlogEveryMs
  }

  /** Other programs' tables may refer to a task, which then stays; so do a few beside it, and the walk goes on. */
  async function pruneOrPass(mandate: Mandate): Promise<Led<Pruned & { asked: number }>> {
    const { afterId, limit } = lap
    try {
      return asked(await table.prune(mandate, afterId, limit), limit)
    } catch (error) {
      if (!(error instanceof OperationalError) || error.retryable) throw error
      lap.limit = smallBatch
      if (limit > smallBatch) return await pruneOrPass(mandate)
      const passed = await table.look(mandate, afterId, limit)
      if (passed.led) {
        const range = `${passed.result.firstKeptId} to ${passed.result.lastId}`
        logger.warn({ range }, `${table.what} ${range} cannot be deleted and stay: ${messageOf(error)}`)
      }
      return asked(passed, limit)
    }
  }

  function endLap(): void {
    const { deleted, firstKeptId, afterId } = lap
    lap = newLap(firstKeptId === null ? afterId : firstKeptId - 1)
    restsUntilMs = clock.monotonicMs() + lapEveryMs
    if (deleted === 0) return
    const message = `retention deleted ${deleted} ${table.what}`
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
    { name: `deleting old ${table.what}`, everyMs, minGapMs: 1_000, run },
    { ...deps, logger },
  )
}

function asked(done: Led<Pruned>, limit: number): Led<Pruned & { asked: number }> {
  return done.led ? { led: true, result: { ...done.result, asked: limit } } : done
}

function newLap(afterId: number): Lap {
  return { afterId, firstKeptId: null, deleted: 0, limit: batch }
}
