import { pageHeight } from '../../layout.ts'
import type { Line } from '../../line.ts'
import type { AppState } from '../../state.ts'
import { activityHeight, activityLines } from './activity.ts'
import { capacityLine, gatewayLine } from './capacity.ts'

/** Rows of the page that the positions themselves keep in any case: the panel gives way. */
const rowsKept = 8
/** An empty line above it. */
const gap = 1

/** Below the positions: the capacity that they share, and what came of it. As many of its lines as there is room for. */
export function panelLines(state: AppState): Line[] {
  const { capacity, gateway, activity } = state.status.view
  const room = roomFor(state)
  if (room === 0) return []
  return [
    ...(capacity ? [capacityLine(capacity, state)] : []),
    ...(gateway ? [gatewayLine(gateway, state)] : []),
    ...(activity ? activityLines(activity, state) : []),
  ].slice(0, room)
}

/** Rows that it takes, by what there is to tell and not by how it stands: the positions must not jump. */
export function panelHeight(state: AppState): number {
  const { capacity, gateway, activity } = state.status.view
  const told = (capacity ? 1 : 0) + (gateway ? 1 : 0) + (activity ? activityHeight(state) : 0)
  const height = Math.min(told, roomFor(state))
  return height === 0 ? 0 : height + gap
}

function roomFor({ size }: AppState): number {
  return Math.max(0, pageHeight(size) - rowsKept - gap)
}
