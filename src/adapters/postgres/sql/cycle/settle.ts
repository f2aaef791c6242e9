import type { ActionResult } from '../../../../domain/cycle/decision.ts'
import type { Led } from '../../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../../ports/leadership.ts'
import type { Queryable } from '../../connect.ts'
import { errorForDatabase, jsonForDatabase } from '../../outgoing-values.ts'
import { isLeading, lead, rowsOf, underMandate } from '../under-mandate.ts'

/** Ends an open decision's record; one that has ended stays as it ended. Plan: primary key. */
export async function settle(
  db: Queryable,
  mandate: Mandate,
  id: string,
  how: { result: ActionResult } | { error: string },
): Promise<Led<void>> {
  const values =
    'error' in how
      ? ['failed', null, errorForDatabase(how.error)]
      : ['executed', jsonForDatabase({ changed: how.result.changed, note: how.result.note }), null]
  const done = await underMandate(db, mandate, statement, [id, ...values])
  return done.led ? { led: true, result: undefined } : done
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, settled as (
  update jr_decisions set state = $6, settled_at = now(), result = $7::jsonb, error = $8
  where id = $5 and state = 'intended' and ${isLeading}
  returning id
)
${rowsOf('settled')}`
