import type { PositionView } from '../../../src/contract/views.ts'
import { safe } from '../../../src/text/fit.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'

export function positionId({ taskId }: PositionView): string {
  return String(taskId)
}

export const positionOrders: readonly Order<PositionView>[] = [
  { name: 'position', compare: (one, other) => one.position - other.position },
  { name: 'longest at work', compare: (one, other) => one.startedAt - other.startedAt },
  { name: 'least done', compare: (one, other) => one.progressPercent - other.progressPercent },
]

export function shownPositions({ status, arrangements }: AppState): readonly PositionView[] {
  return arranged(status.view.positions, arrangements.positions, {
    textOf: ({ taskId, title, worker }) => `${taskId} ${safe(title)} ${safe(worker)}`,
    orders: positionOrders,
  })
}

export function selectedPosition(state: AppState): PositionView | undefined {
  return shownPositions(state).find((position) => positionId(position) === state.lists.positions.id)
}
