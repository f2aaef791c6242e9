import type { DecisionRecord } from '../../../../domain/cycle/decision.ts'
import type { Queryable } from '../../connect.ts'
import { timeOf } from '../../queue-expressions.ts'
import { decisionColumns, recordOfRow, type DecisionRow } from './decision-row.ts'

const limitMax = 1_000

/** On record, the newest first. Plan: the index of their times, walked from its end. */
export async function decisions(
  db: Queryable,
  { rule, before, limit }: { rule?: string; before?: number; limit: number },
): Promise<DecisionRecord[]> {
  const rows = await db.query<DecisionRow>(rule === undefined ? statement : statementOfRule, [
    before ?? null,
    Math.min(limitMax, Math.max(1, limit)),
    ...(rule === undefined ? [] : [rule]),
  ])
  return rows.map(recordOfRow)
}

const newest = (more: string): string => `
select ${decisionColumns} from jr_decisions d
where d.decided_at < coalesce(${timeOf('$1')}, 'infinity')${more}
order by d.decided_at desc, d.id desc limit $2`

/** Exported for the test that reads its plan. */
export const statement = newest('')
const statementOfRule = newest(' and d.rule = $3')

/** More open ones are the next call's. */
const openMax = 100

/** Nobody has finished them; the oldest first. */
export async function openIntents(db: Queryable): Promise<DecisionRecord[]> {
  return (await db.query<DecisionRow>(openStatement, [openMax])).map(recordOfRow)
}

/** Exported for the test that reads its plan. */
export const openStatement = `
select ${decisionColumns} from jr_decisions d where d.state = 'intended'
order by d.decided_at, d.priority desc, d.id limit $1`

export async function readDecision(db: Queryable, id: string): Promise<DecisionRecord | null> {
  const [row] = await db.query<DecisionRow>(`select ${decisionColumns} from jr_decisions d where d.id = $1`, [
    id,
  ])
  return row === undefined ? null : recordOfRow(row)
}
