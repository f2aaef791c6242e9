import { type DecisionRecord, tasksOf } from '../../../src/domain/cycle/decision.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'

/** As many as the API gives at once. */
export const limitMax = 1000

export const decisionOrders: readonly Order<DecisionRecord>[] = [
  { name: 'newest', compare: (one, other) => other.decidedAt - one.decidedAt },
  { name: 'rule', compare: (one, other) => one.decision.rule.localeCompare(other.decision.rule) },
  { name: 'what did not help', compare: (one, other) => trouble(other) - trouble(one) },
]

/** What failed, then what changed nothing for the better. */
function trouble({ state, outcome }: DecisionRecord): number {
  if (state === 'failed') return 2
  return outcome === 'persists' ? 1 : 0
}

/** A decision that was only observed would have been acted upon. */
export function stateWord({ state }: Pick<DecisionRecord, 'state'>): string {
  if (state === 'observed') return 'would'
  return state === 'intended' ? 'open' : state
}

/** What was decided lately, by the filter; null: it has not come yet. */
export function shownDecisions({ loaded, arrangements }: AppState): readonly DecisionRecord[] | null {
  const records = loaded.decisions?.answer
  if (!records) return null
  return arranged(records, arrangements.decisions, { textOf, orders: decisionOrders })
}

/** Nothing of it is shown: it need not be made safe to be looked through. */
function textOf(record: DecisionRecord): string {
  const { decision, outcome, nodeId = '', result, error } = record
  const tasks = tasksOf(decision).map((id) => `#${id}`)
  const { rule, action, reason, id } = decision
  const words = [id, rule, action, stateWord(record), record.state, outcome ?? '', nodeId, reason]
  return [...words, result?.note ?? '', error ?? '', ...tasks].join(' ')
}

export function selectedDecision(state: AppState): DecisionRecord | undefined {
  return shownDecisions(state)?.find(({ decision }) => decision.id === state.lists.decisions.id)
}
