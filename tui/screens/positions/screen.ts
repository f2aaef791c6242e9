import { count } from '../../../src/text/format.ts'
import type { Screen } from '../screens.ts'
import { positionsKeys } from './keys.ts'
import { positionNote } from './note.ts'
import { panelHeight } from './panel.ts'
import { positionId, positionOrders, shownPositions } from './state.ts'
import { positionLines } from './view.ts'

export const positionsScreen: Screen = {
  title: 'Positions',
  short: 'Pos',
  keys: positionsKeys,
  orders: positionOrders.map(({ name }) => name),
  beside: panelHeight,
  ids: (state) => shownPositions(state).map(positionId),
  lines: positionLines,
  about(state) {
    const shown = shownPositions(state).length
    const all = state.status.view.positions.length
    return `${shown === all ? '' : `${shown} of `}${count(all, 'task')} in progress`
  },
  note: positionNote,
  wants: () => [],
  more: () => null,
}
