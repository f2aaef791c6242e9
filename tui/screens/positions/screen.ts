import { safe } from '../../../src/text/fit.ts'
import { count, percent } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { positionsKeys } from './keys.ts'
import { positionId, selectedPosition } from './state.ts'

export const positionsScreen: Screen = {
  title: 'Positions',
  keys: positionsKeys,
  ids: ({ status }) => status.view.positions.map(positionId),
  about: ({ status }) => `${count(status.view.positions.length, 'task')} in progress`,
  note(state) {
    const position = selectedPosition(state)
    if (!position) return ''
    const { taskId, title, attempt, capacityPct, urgent } = position
    const tries = attempt > 1 ? ` · attempt ${attempt}` : ''
    return `${taskId} ${safe(title)} · ${percent(capacityPct)}${urgent ? ' · urgent' : ''}${tries}`
  },
  wants: () => [],
}
