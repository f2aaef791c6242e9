import { type AppState, type Step, step } from '../../state.ts'
import { openPage } from '../open.ts'

/** Has the chain of hashes verified, now: it is a walk through the whole ledger, so that only the key asks for it. */
export function openVerdict(state: AppState): Step {
  const askedAtMs = state.now.monotonicMs
  const opened = openPage(state, 'verdict', String(askedAtMs))
  return step(opened.state, ...opened.effects, { kind: 'load', source: 'ledger_verdict', by: { askedAtMs } })
}
