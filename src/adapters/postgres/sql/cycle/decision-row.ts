import {
  decisionStates,
  outcomes,
  type ActionResult,
  type Decision,
  type DecisionRecord,
} from '../../../../domain/cycle/decision.ts'
import { noteOf } from '../../../../domain/cycle/action-note.ts'
import { nodeId, taskId } from '../../../../domain/ids.ts'
import { epochMs } from '../../queue-expressions.ts'

export interface DecisionRow {
  body: Decision
  state: string
  decided_at: number
  settled_at: number | null
  result: StoredResult | null
  error: string | null
  outcome: string | null
  measured_at: number | null
  node_id: string
}

/** The note of an action in the queue follows from its decision and what it changed. */
export interface StoredResult {
  changed: number[]
  note?: string
}

/** Of `jr_decisions d`. */
export const decisionColumns = `d.body, d.state, ${epochMs('d.decided_at')} as decided_at, ${epochMs('d.settled_at')} as settled_at,
  d.result, d.error, d.outcome, ${epochMs('d.measured_at')} as measured_at, d.node_id`

export function recordOfRow(row: DecisionRow): DecisionRecord {
  return {
    decision: row.body,
    state: decisionStates.find((state) => state === row.state) ?? 'failed',
    decidedAt: row.decided_at,
    settledAt: row.settled_at,
    result: row.result === null ? null : resultOf(row.body, row.result),
    error: row.error,
    outcome: outcomes.find((outcome) => outcome === row.outcome) ?? null,
    measuredAt: row.measured_at,
    nodeId: nodeId(row.node_id),
  }
}

export function resultOf(decision: Decision, { changed: ids, note }: StoredResult): ActionResult {
  const changed = ids.map(taskId)
  return { changed, note: note ?? noteOf(decision, changed) }
}
