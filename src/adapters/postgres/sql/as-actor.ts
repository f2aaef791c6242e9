import type { Database, Queryable } from '../connect.ts'
import { textForDatabase } from '../outgoing-values.ts'

/** A transaction whose events are signed with `by`; the setting ends with it, so that poolers may share the session. */
export function asActor<T>(db: Database, by: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query(`select set_config('jrctl.actor', $1, true)`, [textForDatabase(by)])
    return work(tx)
  })
}
