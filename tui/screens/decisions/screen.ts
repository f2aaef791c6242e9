import { safe } from '../../../src/text/fit.ts'
import { count } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { decisionsKeys } from './keys.ts'
import { panelLines } from './panel.ts'
import { decisionOrders, limitMax, selectedDecision, shownDecisions } from './state.ts'
import { decisionLines } from './view.ts'

export const decisionsScreen: Screen = {
  title: 'Decisions',
  short: 'Dec',
  keys: decisionsKeys,
  orders: decisionOrders.map(({ name }) => name),
  newest: ({ arrangements }) => (arrangements.decisions.order === 0 ? 'first' : null),
  beside: (state) => panelLines(state).length,
  ids: (state) => (shownDecisions(state) ?? []).map(({ decision }) => decision.id),
  lines: decisionLines,
  about({ loaded, arrangements }) {
    const rows = loaded.decisions?.answer.length ?? 0
    return `${rows >= arrangements.decisions.limit ? 'the newest ' : ''}${count(rows, 'decision')}`
  },
  note(state) {
    const record = selectedDecision(state)
    if (!record) return ''
    const { decision, result, error } = record
    const came = error ?? result?.note
    return `${safe(decision.reason)}${came === undefined ? '' : ` → ${safe(came)}`}`
  },
  wants: ({ arrangements }) => [
    { source: 'cycle', by: {} },
    { source: 'decisions', by: { limit: arrangements.decisions.limit } },
  ],
  more({ loaded, arrangements }, all = false) {
    const { limit } = arrangements.decisions
    const rows = loaded.decisions?.answer.length ?? 0
    if (rows !== limit || limit >= limitMax) return null
    return all ? limitMax : Math.min(limitMax, limit * 3)
  },
}
