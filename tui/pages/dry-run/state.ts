import type { PassView } from '../../../src/contract/orchestrator.ts'
import type { AppState } from '../../state.ts'

/** The pass that this page asked for; undefined: it has not come yet. */
export function shownPass({ loaded }: AppState, id: string): PassView | undefined {
  return String(loaded.dry_run?.by.askedAtMs) === id ? loaded.dry_run?.answer : undefined
}
