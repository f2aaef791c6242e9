import type { Queryable } from '../connect.ts'

/** Milliseconds since the database server started. */
export async function serverUptimeMs(db: Queryable): Promise<number> {
  const [row] = await db.query<{ up_ms: number }>(
    `select extract(epoch from now() - pg_postmaster_start_time())::float8 * 1000 as up_ms`,
  )
  return row?.up_ms ?? 0
}
