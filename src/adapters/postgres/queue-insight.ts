import type { TaskId } from '../../domain/ids.ts'
import { orderInProgress } from '../../domain/positions.ts'
import type { Sighting, TaskStanding } from '../../domain/why/standing.ts'
import type { InsightLimits, QueueInsight } from '../../ports/queue-insight.ts'
import type { Database, Queryable } from './connect.ts'
import { acceptances } from './sql/acceptances.ts'
import { ahead } from './sql/ahead.ts'
import { inProgress } from './sql/in-progress.ts'
import { leader } from './sql/leader.ts'
import { rowLockHolders, tableLockHolders } from './sql/lock-holders.ts'
import { sightTask } from './sql/sight-task.ts'
import { takers } from './sql/takers.ts'

/** Over Postgres: one read-only transaction on one snapshot, so that what is told of a task fits together. */
export function createQueueInsight(db: Database, limits: InsightLimits): QueueInsight {
  return {
    sight: (id) =>
      db.transaction(async (tx) => {
        await tx.query('set transaction isolation level repeatable read, read only')
        return sight(tx, id, limits)
      }),
  }
}

async function sight(tx: Queryable, id: TaskId, limits: InsightLimits): Promise<Sighting> {
  // First of all: while somebody holds the whole table, every look at it would only wait.
  const table = await tableLockHolders(tx)
  if (table.bars) return { kind: 'barred', locks: table.holders }
  const seen = await sightTask(tx, id, limits.stuckAfterMs)
  if (seen === null) return { kind: 'not_found' }
  const { lockedBy, ...own } = seen
  const { status } = own.task
  const isReady = own.rawStatus === 'pending' || own.rawStatus === 'assigned'
  const standing: TaskStanding = {
    ...own,
    ...(await takers(tx, own.task.assignedJr, limits.offlineAfterMs)),
    leader: isReady ? ((await leader(tx))?.nodeId ?? null) : null,
    accepts: isReady && own.task.assignedJr === null ? await acceptances(tx) : [],
    ahead: isReady ? await ahead(tx, own.task) : null,
    place: status === 'in_progress' ? await placeOf(tx, id) : null,
    locks: [...(lockedBy === null ? [] : await rowLockHolders(tx, lockedBy)), ...table.holders],
    readOnly: await readOnlyState(tx),
  }
  return { kind: 'seen', standing }
}

async function placeOf(tx: Queryable, id: TaskId): Promise<TaskStanding['place']> {
  const order = orderInProgress(await inProgress(tx))
  const index = order.findIndex((row) => row.id === id)
  return index < 0 ? null : { position: index + 1, of: order.length }
}

/** Our own transaction is read-only by its own wish: what counts is the default of others. */
async function readOnlyState(tx: Queryable): Promise<TaskStanding['readOnly']> {
  const [row] = await tx.query<{ standby: boolean; setting: boolean }>(
    `select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only')::boolean as setting`,
  )
  if (row?.standby === true) return 'standby'
  return row?.setting === true ? 'setting' : null
}
