import type { Decision } from '../../../../domain/cycle/decision.ts'
import type { Json } from '../../../../domain/task.ts'
import type { Led } from '../../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../../ports/leadership.ts'
import type { Queryable } from '../../connect.ts'
import { jsonForDatabase } from '../../outgoing-values.ts'
import { isLeading, lead, rowsOf, underMandate } from '../under-mandate.ts'

/** Puts decisions on record, and their rules to rest. What is on record already stays as it is. Plan: primary keys. */
export async function intend(
  db: Queryable,
  mandate: Mandate,
  decisions: readonly { decision: Decision; cooldownMs: number }[],
  observed: boolean,
): Promise<Led<void>> {
  const rows = decisions.map(({ decision, cooldownMs }) => {
    const { id, rule, action, priority, reason } = decision
    return { id, rule, action, priority, reason, body: decision as unknown as Json, cooldown_ms: cooldownMs }
  })
  const done = await underMandate(db, mandate, statement, [
    jsonForDatabase(rows),
    observed ? 'observed' : 'intended',
  ])
  return done.led ? { led: true, result: undefined } : done
}

/** Exported for the test that reads its plan. */
export const statement = `
with ${lead}, decided as materialized (
  select * from jsonb_to_recordset($5::jsonb)
    as d (id text, rule text, action text, priority integer, reason text, body jsonb, cooldown_ms float8)
  where ${isLeading}
), recorded as (
  insert into jr_decisions (id, rule, action, priority, reason, body, state, decided_at, node_id, term)
  select d.id, d.rule, d.action, d.priority, d.reason, d.body, $6, now(), $1, $3::bigint from decided d
  on conflict (id) do nothing
  returning id
), rested as (
  insert into jr_rule_rests (rule, until)
  select d.rule, now() + max(d.cooldown_ms) * interval '1 millisecond' from decided d group by d.rule
  on conflict (rule) do update set until = excluded.until
)
${rowsOf('recorded')}`
