import { type AppState, type Step, step } from '../../state.ts'
import { openPage } from '../open.ts'

/** Has a pass look and decide, and do nothing; a look costs the database something, so that only the key asks for it. */
export function openDryRun(state: AppState): Step {
  const askedAtMs = state.now.monotonicMs
  const again = state.pages.at(-1)?.kind === 'dry_run' ? { ...state, pages: state.pages.slice(0, -1) } : state
  const opened = openPage(again, 'dry_run', String(askedAtMs))
  return step(opened.state, ...opened.effects, { kind: 'load', source: 'dry_run', by: { askedAtMs } })
}
