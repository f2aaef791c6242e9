import type { TaskDetailView, WhyView } from '../../../src/contract/outputs.ts'
import type { AppState } from '../../state.ts'

/** What has come of the task that the page is about; undefined: nothing yet. */
export function shownTask({ loaded }: AppState, id: string): TaskDetailView | undefined {
  return String(loaded.task?.by.id) === id ? loaded.task?.answer : undefined
}

/** Why it stands where it stands; undefined: that has not come yet. */
export function shownWhy({ loaded }: AppState, id: string): WhyView | undefined {
  return String(loaded.why?.by.id) === id ? loaded.why?.answer : undefined
}

/** That of the page on top. */
export function taskOfPage(state: AppState): TaskDetailView | undefined {
  return shownTask(state, state.pages.at(-1)?.id ?? '')
}
