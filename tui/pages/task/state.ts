import type { AppState } from '../../state.ts'

/** What has come of the task that the page is about; undefined: nothing yet. */
export function shownTask({ loaded }: AppState, id: string) {
  return String(loaded.task?.by.id) === id ? loaded.task?.answer : undefined
}
