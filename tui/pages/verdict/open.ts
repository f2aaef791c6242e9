import type { AppState, Step } from '../../state.ts'
import { openAsked } from '../asked.ts'

/** Has the chain of hashes verified, now: a walk through the whole ledger. */
export function openVerdict(state: AppState): Step {
  return openAsked(state, 'verdict', (askedAtMs) => ({ source: 'ledger_verdict', by: { askedAtMs } }))
}
