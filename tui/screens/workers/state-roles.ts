import type { WorkerState } from '../../../src/domain/worker.ts'
import type { Role } from '../../line.ts'

/** Green works, yellow is on its way, red needs somebody, dim is meant to rest. */
export const stateRoles: Record<WorkerState, Role> = {
  stopped: 'dim',
  starting: 'warn',
  running: 'good',
  stopping: 'warn',
  backoff: 'warn',
  paused: 'dim',
  disabled_by_failure: 'bad',
  disabled_by_memory: 'bad',
  error: 'bad',
  timeout: 'bad',
  missing: 'bad',
}
