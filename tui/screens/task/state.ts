import type { TaskId } from '../../../src/domain/ids.ts'
import { pageHeight } from '../../layout.ts'
import { type AppState, type Step, step, told } from '../../state.ts'
import { detailText } from './text.ts'

/** The page of one task, over the screen it was opened from. */
export function openDetail(state: AppState, id: TaskId | undefined): Step {
  if (id === undefined) return step(told(state, 'No task is chosen.', 'plain'))
  return step({ ...state, message: null, detail: { id, view: null, top: 0 } }, { kind: 'load_task', id })
}

export function closeDetail(state: AppState): Step {
  return step({ ...state, detail: null, message: null })
}

export function scrollDetail(state: AppState, by: number): Step {
  if (!state.detail?.view) return step(state)
  const lines = detailText(state.detail.view, state.size.columns).length
  const lowest = Math.max(0, lines - pageHeight(state.size))
  const top = Math.max(0, Math.min(lowest, state.detail.top + by))
  return step({ ...state, detail: { ...state.detail, top } })
}
