import type { PositionView } from '../../../src/contract/views.ts'
import type { AppState } from '../../state.ts'

export function positionId({ taskId }: PositionView): string {
  return String(taskId)
}

export function selectedPosition({ status, lists }: AppState): PositionView | undefined {
  return status.view.positions.find((position) => positionId(position) === lists.positions.id)
}
