import { jrName } from '../../../domain/ids.ts'
import type { UnseenJr } from '../../../ports/cluster-duties.ts'
import type { Queryable } from '../connect.ts'
import { isReady, lineOf } from '../queue-expressions.ts'

/** Lines that are looked at: a fleet has some, a program that writes a name a task has no end of them. */
const linesMax = 500

/**
 * Whom tasks wait for that never told anything of themselves: a name that was mistyped, or a worker that was never started.
 * Plan: as many probes of jr_work_queue_ready as there are lines, then jr_status by its key, then the beginning of each line.
 */
export async function unseenJrs(db: Queryable, max: number, tasksMax: number): Promise<UnseenJr[]> {
  const rows = await db.query<{ line: string; tasks: number }>(statement, [max, tasksMax])
  return rows.map(({ line, tasks }) => ({ jrName: jrName(line), tasks }))
}

export const statement = `
with recursive lines as (
  (select 1 as nth, ${lineOf('q')} as line from jr_work_queue q where ${isReady('q')} order by ${lineOf('q')} limit 1)
  union all
  select lines.nth + 1, next.line from lines cross join lateral (
    select ${lineOf('q')} as line from jr_work_queue q
    where ${isReady('q')} and ${lineOf('q')} > lines.line order by ${lineOf('q')} limit 1) next
  where lines.nth < ${linesMax}
), unseen as (
  select l.line from lines l
  where l.line <> '' and not exists (select from jr_status s where s.jr_name::text = l.line)
    and not exists (select from jr_instances i where i.jr_name = l.line)
  order by l.line limit $1
)
select u.line, (
  select count(*) from (select from jr_work_queue q where ${lineOf('q')} = u.line and ${isReady('q')} limit $2) counted
)::float8 as tasks from unseen u order by u.line`
