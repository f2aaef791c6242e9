import { askPass } from '../../changes/run-once.ts'
import { marked } from '../field.ts'
import type { Page } from '../page.ts'
import { openDryRun } from './open.ts'
import { shownPass } from './state.ts'
import { passText } from './text.ts'

export const dryRunPage: Page = {
  title: 'What the cycle would do now',
  keys: [
    { keys: ['d'], does: 'look again', short: 'look again', press: openDryRun },
    {
      keys: ['a'],
      does: 'make a pass that acts; asks first',
      short: 'act',
      command: 'jrctl orchestrator run-once',
      press: askPass,
    },
  ],
  lines(state, id) {
    const pass = shownPass(state, id)
    if (pass) return passText(pass, state.size)
    return [[], ...marked('  ', 'Looking, and deciding what would be done …', state.size.columns)]
  },
  // Only the key asks for it.
  wants: () => [],
}
