import type { Page } from '../page.ts'
import { decisionKeys } from './keys.ts'
import { shownDecision } from './state.ts'
import { decisionText } from './text.ts'

export const decisionPage: Page = {
  title: 'This decision',
  keys: decisionKeys,
  lines(state, id) {
    const { record, ...tasks } = shownDecision(state, id)
    if (record === undefined) return null
    if (record === null) return [['  It is no longer among the decisions that are listed.']]
    return decisionText(record, tasks, { columns: state.size.columns, nowMs: state.status.at.wallMs })
  },
  // The screen below asks for the decisions, and so for what becomes of this one.
  wants: () => [],
}
