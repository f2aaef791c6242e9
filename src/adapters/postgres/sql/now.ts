import type { Queryable } from '../connect.ts'
import { epochMs } from '../queue-expressions.ts'

/** The database's clock, epoch milliseconds. */
export async function now(db: Queryable): Promise<number> {
  const [row] = await db.query<{ now: number }>(`select ${epochMs('clock_timestamp()')} as now`)
  if (row === undefined) throw new TypeError('a clock that says nothing')
  return row.now
}
