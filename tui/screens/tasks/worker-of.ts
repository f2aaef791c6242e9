import type { Attempt } from '../../../src/domain/task.ts'
import type { JrName } from '../../../src/domain/ids.ts'
import { openPage } from '../../pages/open.ts'
import { type AppState, type Step, step, told } from '../../state.ts'
import { workerId } from '../workers/state.ts'

/** `w`: to the worker that is at an attempt; without one, to the first of its Jr on this machine. */
export function openWorker(state: AppState, jr: JrName | null, attempts: readonly Attempt[]): Step {
  const open = attempts.find(({ endedAt }) => endedAt === null)
  const { workers } = state.status.view
  const worker =
    workers.find(({ instanceId }) => open !== undefined && instanceId === open.instanceId) ??
    workers.find(({ name }) => name === jr)
  if (worker) return openPage(state, 'worker', workerId(worker))
  const words = jr === null ? 'It is nobody’s yet.' : 'No worker of its Jr is on this machine.'
  return step(told(state, words, 'plain'))
}
