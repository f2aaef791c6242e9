import type { Binding } from '../../keymap.ts'
import { type AppState, type Step, step, told } from '../../state.ts'
import { openPage } from '../open.ts'
import { decisionPageId, shownDecision } from './state.ts'

export const decisionKeys: readonly Binding[] = [
  {
    keys: ['enter', 't'],
    does: 'show the task that is marked',
    short: 'task',
    press(state) {
      const { tasks, chosen } = shownDecision(state, state.pages.at(-1)?.id ?? '')
      const id = tasks[chosen]
      return id === undefined
        ? step(told(state, 'This decision names no task.', 'plain'))
        : openPage(state, 'task', String(id))
    },
  },
  { keys: ['n'], does: 'mark the next task that it names', press: (state) => marked(state, 1) },
  { keys: ['N'], does: 'mark the task before', press: (state) => marked(state, -1) },
]

function marked(state: AppState, by: number): Step {
  const page = state.pages.at(-1)
  const { record, tasks, chosen } = shownDecision(state, page?.id ?? '')
  if (!page || !record || tasks.length < 2) return step(state)
  const next = (chosen + by + tasks.length) % tasks.length
  const id = decisionPageId(record.decision.id, next)
  return step({ ...state, pages: [...state.pages.slice(0, -1), { ...page, id }] })
}
