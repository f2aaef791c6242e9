import { safe } from '../../../src/text/fit.ts'
import { count, percent } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { positionsKeys } from './keys.ts'
import { positionId, positionOrders, selectedPosition, shownPositions } from './state.ts'
import { positionLines } from './view.ts'

export const positionsScreen: Screen = {
  title: 'Positions',
  short: 'Pos',
  keys: positionsKeys,
  orders: positionOrders.map(({ name }) => name),
  ids: (state) => shownPositions(state).map(positionId),
  lines: positionLines,
  about: ({ status }) => `${count(status.view.positions.length, 'task')} in progress`,
  note(state) {
    const position = selectedPosition(state)
    if (!position) return ''
    const { taskId, title, attempt, capacityPct, urgent } = position
    const tries = attempt > 1 ? ` · attempt ${attempt}` : ''
    return `${taskId} ${safe(title)} · ${percent(capacityPct)}${urgent ? ' · urgent' : ''}${tries}`
  },
  wants: () => [],
  more: () => null,
}
