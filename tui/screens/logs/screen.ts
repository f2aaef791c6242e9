import { safe } from '../../../src/text/fit.ts'
import { count, number } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { logKeys } from './keys.ts'
import { logLabel } from './log-name.ts'
import { logIds, selectedChoice, shownRows, unseen } from './state.ts'
import { logLines } from './view.ts'

export const logsScreen: Screen = {
  title: 'Logs',
  keys: logKeys,
  orders: ['as written'],
  ids: logIds,
  lines: logLines,
  about(state) {
    const { log } = state
    if (log === null) return count(state.status.view.workers.length + 1, 'log')
    // Whoever hears it would hear every number.
    if (state.size.isSpoken) return `the log of ${logLabel(log.name)}, followed`
    const shown = shownRows(log, state).length
    const of = shown === log.rows.length ? '' : ` of ${number(log.rows.length)}`
    return `${logLabel(log.name)}: ${number(shown)}${of} ${shown === 1 ? 'line' : 'lines'}`
  },
  note(state) {
    const { log } = state
    if (log === null) return safe(selectedChoice(state)?.worker?.logFile ?? 'enter reads it')
    if (log.link.kind === 'away') return `Not followed now: ${safe(log.link.reason)}`
    if (log.stays) return 'Following: what is written is shown at once'
    const below = unseen(log, state)
    return below === 0
      ? 'Held here; G follows the end'
      : `${count(below, 'new line')} below; G shows and follows them`
  },
  wants: () => [],
  more: () => null,
}
