import type { Outcome } from '../../../../domain/cycle/decision.ts'
import type { Led } from '../../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../../ports/leadership.ts'
import type { Queryable } from '../../connect.ts'
import { isLeading, lead, rowsOf, underMandate } from '../under-mandate.ts'

/** Notes the outcomes of decisions that have none. Plan: primary key. */
export async function measured(
  db: Queryable,
  mandate: Mandate,
  outcomes: readonly { id: string; outcome: Outcome }[],
): Promise<Led<void>> {
  const done = await underMandate(db, mandate, statement, [
    outcomes.map(({ id }) => id),
    outcomes.map(({ outcome }) => outcome),
  ])
  return done.led ? { led: true, result: undefined } : done
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, noted as (
  update jr_decisions d set outcome = seen.outcome, measured_at = now()
  from unnest($5::text[], $6::text[]) as seen (id, outcome)
  where d.id = seen.id and d.outcome is null and ${isLeading}
  returning d.id
)
${rowsOf('noted')}`
