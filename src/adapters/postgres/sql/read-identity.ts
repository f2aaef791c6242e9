import type { Queryable } from '../connect.ts'

export interface Identity {
  id: string
  newestEventId: number | null
}

/** Where somebody emptied `jr_queue`, the queue is one without a name. */
const nameless = 'none'

/** Plan: a table of one row, and the last entry of the events' primary key. */
export async function readIdentity(db: Queryable): Promise<Identity> {
  const [row] = await db.query<{ id: string | null; newest: number | null }>(
    `select (select id::text from jr_queue) as id, (select max(id) from jr_events) as newest`,
  )
  return { id: row?.id ?? nameless, newestEventId: row?.newest ?? null }
}
