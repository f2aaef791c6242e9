import type { Queryable } from '../connect.ts'
import { claimOrder, priorityOrder, sacredOrder } from '../queue-expressions.ts'
import { head, ofProbe, type Place } from './claim.ts'
import { closedChannels, isOpenChannel } from './closed-channels.ts'

/**
 * Where the first ready task without urgency of each line stands, from a place on; lines without one are left out. Null: it
 * has no time, so that there is no place from which it is found; only from the head. Locks nothing.
 * @param starts by line; of a line without a start its head is meant
 *
 * Plan: Index Scan on jr_work_queue_ready under a Limit, once a line.
 */
export async function firstInLine(
  db: Queryable,
  lines: readonly string[],
  starts: ReadonlyMap<string, Place>,
): Promise<Map<string, Place | null>> {
  const from = lines.map((line) => starts.get(line) ?? head)
  const rows = await db.query<FirstRow>(
    statement,
    [
      lines,
      from.map(({ sacred }) => sacred),
      from.map(({ priority }) => priority),
      from.map(({ createdAt }) => createdAt),
      from.map(({ id }) => id),
    ],
    'jr_first_in_line',
  )
  return new Map(rows.map(({ line, ...place }) => [line, placeOf(place)]))
}

interface FirstRow extends Omit<Place, 'createdAt'> {
  line: string
  created_at: string | null
}

function placeOf({ created_at: createdAt, ...place }: Omit<FirstRow, 'line'>): Place | null {
  return createdAt === null ? null : { ...place, createdAt }
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${closedChannels}
select probe.line, first.*
from (
  select line, 1 as rank, sacred, priority, created_at, id
  from unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[])
    as asked (line, sacred, priority, created_at, id)) probe
cross join lateral (
  select ${sacredOrder('q')} as sacred, ${priorityOrder('q')} as priority,
    q.created_at::timestamptz::text as created_at, q.id
  from jr_work_queue q
  where ${ofProbe('probe')} and ${isOpenChannel('q')}
  order by ${claimOrder('q')}
  limit 1) first`
