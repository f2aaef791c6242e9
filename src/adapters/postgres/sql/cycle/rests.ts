import type { Queryable } from '../../connect.ts'
import { epochMs } from '../../queue-expressions.ts'

const rulesMax = 1_000

/** Rules that rest, until when. Plan: the whole of a table with a row a rule. */
export async function rests(db: Queryable): Promise<Record<string, number>> {
  const rows = await db.query<{ rule: string; until: number }>(
    `select rule, ${epochMs('until')} as until from jr_rule_rests where until > now() order by rule limit $1`,
    [rulesMax],
  )
  return Object.fromEntries(rows.map(({ rule, until }) => [rule, until]))
}
