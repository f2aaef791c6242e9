import type { WorkerState } from '../domain/worker.ts'

/** Green works, yellow is on its way, red needs somebody, dim is meant to rest. */
const styles = {
  stopped: 'dim',
  starting: 'yellow',
  running: 'green',
  stopping: 'yellow',
  backoff: 'yellow',
  paused: 'dim',
  disabled_by_failure: 'red',
  disabled_by_memory: 'red',
  error: 'red',
  timeout: 'red',
  missing: 'red',
} as const satisfies Record<WorkerState, string>

export function stateStyle(state: WorkerState): (typeof styles)[WorkerState] {
  return styles[state]
}
