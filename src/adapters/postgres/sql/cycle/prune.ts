import type { Led } from '../../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../../ports/leadership.ts'
import type { Queryable } from '../../connect.ts'
import { isLeading, lead, rowsOf, underMandate } from '../under-mandate.ts'

/** Old decisions (open ones stay), marks and notes of failures go, the oldest first. Plan: the indexes of their times. */
export async function prune(
  db: Queryable,
  mandate: Mandate,
  ages: { decisionsMs: number; marksMs: number },
  limit: number,
): Promise<Led<number>> {
  const done = await underMandate<{ deleted: number }>(
    db,
    mandate,
    statement,
    [ages.decisionsMs, ages.marksMs, limit],
    'retention',
  )
  return done.led ? { led: true, result: done.result[0]?.deleted ?? 0 } : done
}

const before = (parameter: string): string => `now() - ${parameter}::float8 * interval '1 millisecond'`

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, decisions as (
  delete from jr_decisions d
  where d.id = any (array(select id from jr_decisions where decided_at < ${before('$5')} order by decided_at limit $7))
    and d.state <> 'intended' and ${isLeading}
  returning d.id
), marks as (
  delete from jr_task_actions
  where ctid = any (array(select ctid from jr_task_actions where acted_at < ${before('$6')} order by acted_at limit $7))
    and ${isLeading}
  returning task_id
), failures as (
  delete from jr_failures
  where ctid = any (array(select ctid from jr_failures where at < ${before('$6')} order by at limit $7))
    and ${isLeading}
  returning task_id
), counted as (
  select (select count(*) from decisions) + (select count(*) from marks) + (select count(*) from failures) as deleted
)
${rowsOf('counted')}`
