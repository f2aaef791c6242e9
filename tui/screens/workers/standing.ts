import type { PositionView, StatusView } from '../../../src/contract/views.ts'
import type { WorkerState, WorkerView } from '../../../src/domain/worker.ts'
import type { Role } from '../../line.ts'
import { stateRoles } from './state-roles.ts'

/** How a worker stands: who needs somebody, who is on the way, who works, who is meant to rest. */
export type Standing = 'trouble' | 'unsettled' | 'well' | 'held'

const standings: Record<WorkerState, Standing> = {
  disabled_by_failure: 'trouble',
  disabled_by_memory: 'trouble',
  error: 'trouble',
  timeout: 'trouble',
  missing: 'trouble',
  backoff: 'trouble',
  starting: 'unsettled',
  stopping: 'unsettled',
  running: 'well',
  stopped: 'held',
  paused: 'held',
}

export function standingOf({ state, ready, schedule }: WorkerView): Standing {
  // Between two runs a scheduled worker is as it should be.
  if (state === 'stopped' && schedule !== undefined) return 'well'
  return state === 'running' && ready === false ? 'unsettled' : standings[state]
}

/** Those in trouble first, those who are meant to rest last. */
export const standingRanks: Record<Standing, number> = { trouble: 0, unsettled: 1, well: 2, held: 3 }

/** Where a state's own name has no room: its first word, and no name that is told nowhere else. The line below tells it whole. */
const shortStates: Partial<Record<WorkerState, string>> = {
  disabled_by_failure: 'disabled',
  disabled_by_memory: 'disabled',
}

export function stateCell(
  { state, ready, schedule }: WorkerView,
  cells: number,
): { text: string; role: Role } {
  if (state === 'running' && ready === false) return { text: 'not ready', role: 'warn' }
  if (state === 'stopped' && schedule !== undefined) return { text: 'scheduled', role: 'dim' }
  const text = state.length > cells ? (shortStates[state] ?? state) : state
  return { text, role: stateRoles[state] }
}

/**
 * What a worker is at, by the queue's word. A worker that claims by plain SQL does not say which of its instances has a task:
 * then it is the first's.
 */
export function tasksOf(
  { name, slot, instanceId }: WorkerView,
  { positions, daemon }: Pick<StatusView, 'positions' | 'daemon'>,
): PositionView[] {
  return positions.filter((position) => {
    if (position.worker !== name) return false
    if (position.instanceId != null) return position.instanceId === instanceId
    return slot === 1 && (position.nodeId === null || position.nodeId === daemon.nodeId)
  })
}
