import type { AppState, Step } from '../../state.ts'
import { openAsked } from '../asked.ts'

/** Has a pass look and decide, and do nothing. */
export function openDryRun(state: AppState): Step {
  return openAsked(state, 'dry_run', (askedAtMs) => ({ source: 'dry_run', by: { askedAtMs } }))
}
