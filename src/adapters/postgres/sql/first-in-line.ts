import type { Queryable } from '../connect.ts'
import { claimOrder, priorityOrder, sacredOrder } from '../queue-expressions.ts'
import { head, ofProbe, type Place } from './claim.ts'
import { closedChannels, isOpenChannel } from './closed-channels.ts'

/** Where lines begin, and what it costs to find out. */
export interface FirstInLine {
  /**
   * The first ready task without urgency of each line that has one. Null: it has no time, so that there is no place from which
   * it is found; only from the head.
   */
  places: Map<string, Place | null>
  /** Entries of the index that were read on the way, dead ones too: with nothing in the way it is one a line. */
  walked: number
}

/**
 * Looks from the heads of the lines. Locks nothing. The entries are counted by Postgres itself, so that a busy machine makes no
 * way look longer; with `track_counts = off` no way is long.
 *
 * Plan: Index Scan on jr_work_queue_ready under a Limit, once a line; a Sort of so many rows, before which nothing is counted.
 */
export async function firstInLine(db: Queryable, lines: readonly string[]): Promise<FirstInLine> {
  const { sacred, priority, createdAt, id } = head
  const rows = await db.query<FirstRow>(
    statement,
    [lines, sacred, priority, createdAt, id],
    'jr_first_in_line',
  )
  const found = rows.filter((row): row is FirstRow & { line: string } => row.line !== null)
  return {
    places: new Map(found.map((row) => [row.line, placeOf(row)])),
    walked: rows[0]?.walked ?? 0,
  }
}

interface FirstRow extends Omit<Place, 'createdAt'> {
  /** Null in the one row that there is when no line has a task. */
  line: string | null
  created_at: string | null
  walked: number
}

function placeOf({ sacred, priority, created_at: createdAt, id }: FirstRow): Place | null {
  return createdAt === null ? null : { sacred, priority, createdAt, id }
}

const entriesRead = `pg_stat_get_xact_tuples_returned('jr_work_queue_ready'::regclass)`

/** Exported for the test that reads its plan. */
export const statement = `
with ${closedChannels}, before as materialized (select ${entriesRead} as entries)
select counted.line, counted.sacred, counted.priority, counted.created_at, counted.id,
  (${entriesRead} - counted.entries)::float8 as walked
from (
  select before.entries, firsts.*
  from before left join (
    select probe.line, first.*
    from (
      select line, 1 as rank, $2::bigint as sacred, $3::bigint as priority, $4::timestamptz as created_at, $5::bigint as id
      from unnest($1::text[]) as asked (line)) probe
    cross join lateral (
      select ${sacredOrder('q')} as sacred, ${priorityOrder('q')} as priority,
        q.created_at::timestamptz::text as created_at, q.id
      from jr_work_queue q
      where ${ofProbe('probe')} and ${isOpenChannel('q')}
      order by ${claimOrder('q')}
      limit 1) first
  ) firsts on true
  order by firsts.line
) counted`
