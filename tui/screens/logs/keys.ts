import { filtered } from '../../filter.ts'
import type { Binding } from '../../keymap.ts'
import { openPage } from '../../pages/open.ts'
import { step, told } from '../../state.ts'
import { closeLog, openLog } from './open.ts'
import { selectedChoice } from './state.ts'

export const logKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'read the log that is chosen; of a log, the whole of a line',
    short: 'open',
    press(state) {
      const { id } = state.lists.logs
      if (state.log !== null && id !== null) return openPage(state, 'log_line', id)
      const choice = state.log === null ? selectedChoice(state) : undefined
      return choice ? openLog(state, choice.name) : step(told(state, 'There is no line yet.', 'plain'))
    },
  },
  { keys: ['l', 'backspace'], does: 'choose another log', short: 'logs', press: closeLog },
  {
    keys: ['esc'],
    does: 'drop the filter; without one, choose another log',
    press: (state) => (state.arrangements.logs.filter === '' ? closeLog(state) : filtered(state, '', false)),
  },
]
