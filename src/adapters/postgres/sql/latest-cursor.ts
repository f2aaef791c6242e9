import type { EventCursor } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { newGaps } from '../event-gaps.ts'
import { readHorizon } from './events.ts'

/** Writers still at work took their ids among the latest so many; earlier holes were rolled back long ago. */
const lookBack = 1_000

/** The present: the highest id seen, and the holes below it, which writers that are still at work may fill. */
export async function latestCursor(db: Queryable): Promise<EventCursor> {
  const rows = await db.query<{ id: number }>(
    `select id from (select id from jr_events order by id desc limit $1) latest order by id`,
    [lookBack],
  )
  const ids = rows.map((row) => row.id)
  // Where there are more events, the first of these is where the look begins.
  const start = ids.length < lookBack ? 0 : (ids.shift() ?? 0)
  return { id: ids.at(-1) ?? start, gaps: newGaps(start, ids, await readHorizon(db)) }
}
