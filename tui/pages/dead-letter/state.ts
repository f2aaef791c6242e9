import type { DeadLetterView } from '../../../src/contract/outputs.ts'
import type { AppState } from '../../state.ts'

/** What has come of the letter that the page is about; undefined: nothing yet. */
export function shownLetter({ loaded }: AppState, id: string): DeadLetterView | undefined {
  return loaded.dead_letter?.by.id === id ? loaded.dead_letter.answer : undefined
}

/** That of the page on top. */
export function letterOfPage(state: AppState): DeadLetterView | undefined {
  return shownLetter(state, state.pages.at(-1)?.id ?? '')
}
