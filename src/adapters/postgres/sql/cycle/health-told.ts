import { isHealthStatus, type HealthStatus } from '../../../../domain/cycle/health.ts'
import type { Led } from '../../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../../ports/leadership.ts'
import type { Queryable } from '../../connect.ts'
import { isLeading, lead, rowsOf, underMandate } from '../under-mandate.ts'

/** What was told of the fleet's health the last time, by whichever leader; null: nothing was. */
export async function readHealthTold(db: Queryable): Promise<HealthStatus | null> {
  const [row] = await db.query<{ status: string }>(`select status from jr_health_told`)
  return row !== undefined && isHealthStatus(row.status) ? row.status : null
}

export async function keepHealthTold(
  db: Queryable,
  mandate: Mandate,
  status: HealthStatus,
): Promise<Led<void>> {
  const done = await underMandate(db, mandate, statement, [status])
  return done.led ? { led: true, result: undefined } : done
}

const statement = `
with ${lead}, kept as (
  insert into jr_health_told as h (status, told_at) select $5, now() where ${isLeading}
  on conflict (single) do update set status = excluded.status, told_at = excluded.told_at
  returning h.status
)
${rowsOf('kept')}`
