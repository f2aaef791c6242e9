import { askSwitch } from '../../changes/switch.ts'
import { edited } from '../../filter.ts'
import type { Binding } from '../../keymap.ts'
import { decisionPageId } from '../../pages/decision/state.ts'
import { openDryRun } from '../../pages/dry-run/open.ts'
import { openPage } from '../../pages/open.ts'
import { step, told } from '../../state.ts'
import { selectedDecision } from './state.ts'

export const decisionsKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'show the decision: why, which tasks, what came of it',
    short: 'show',
    press(state) {
      const record = selectedDecision(state)
      return record
        ? openPage(state, 'decision', decisionPageId(record.decision.id))
        : step(told(state, 'No decision is chosen.', 'plain'))
    },
  },
  {
    keys: ['d'],
    does: 'show what the cycle would do now; does nothing',
    short: 'dry run',
    command: 'jrctl orchestrator run-once --dry-run',
    press: openDryRun,
  },
  {
    keys: ['f'],
    does: 'show which rules fired, how often, and whether it helped',
    short: 'fired',
    press: (state) => openPage(state, 'rules', ''),
  },
  {
    keys: ['o'],
    does: 'switch the cycle off, or on; asks first',
    short: 'on/off',
    command: 'jrctl orchestrator enable | disable',
    press: askSwitch,
  },
  {
    keys: ['/'],
    does: 'filter by words: rules, actions, #42 (a task), failed, would, persists, nodes',
    short: 'filter',
    press: edited,
  },
]
