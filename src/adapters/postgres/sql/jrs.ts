import { jrName } from '../../../domain/ids.ts'
import type { JrPresence } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  jr_name: string
  online: boolean
  age_ms: number | null
  load: number
}

const jrsMax = 10_000

/** `jr_status`, which legacy workers write too; ages by the database's clock. */
export async function jrs(db: Queryable): Promise<JrPresence[]> {
  const rows = await db.query<Row>(statement, [jrsMax])
  return rows.map((row) => ({
    jrName: jrName(row.jr_name),
    online: row.online,
    lastSeenAgeMs: row.age_ms,
    load: row.load,
  }))
}

const statement = `
select jr_name::text as jr_name, coalesce(is_online, false) as online, coalesce(current_load, 0) as load,
  greatest(0, floor(extract(epoch from now() - last_seen::timestamptz) * 1000))::float8 as age_ms
from jr_status where jr_name is not null order by jr_name limit $1`
