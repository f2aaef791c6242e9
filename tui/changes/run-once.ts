import type { PassView } from '../../src/contract/orchestrator.ts'
import { decisionLines } from '../../src/text/decision-words.ts'
import { passHeadline } from '../../src/text/cycle-words.ts'
import { shownPass } from '../pages/dry-run/state.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType } from './change.ts'

export interface PassChange {
  /** There is one cycle, for all nodes. */
  id: 'cycle'
}

export const passChange: ChangeType<'pass'> = {
  async do(client, _, signal) {
    const { pass } = await client.call('runOrchestrator', { dryRun: false }, signal)
    return { sentence: `${passHeadline(pass)}.`, undo: null }
  },
}

/** `a` on what a pass would do: asks before it makes one that does it. */
export function askPass(state: AppState): Step {
  const pass = shownPass(state, state.pages.at(-1)?.id ?? '')
  if (!pass) return ask(state, 'What a pass would do has not been told yet.')
  if (pass.executions.length === 0) return ask(state, 'Nothing would be done now; d looks again.')
  return ask(state, {
    preview: `Make a pass now? ${previewOf(pass)} It looks anew, and nothing takes back what it does.`,
    command: 'jrctl orchestrator run-once',
    change: { kind: 'pass', id: 'cycle' },
  })
}

function previewOf({ executions }: PassView): string {
  const [first, ...more] = executions.flatMap(({ decision }) => decisionLines(decision))
  return `It would ${first ?? 'act'}${more.length === 0 ? '' : `, and ${more.length} more`}.`
}
