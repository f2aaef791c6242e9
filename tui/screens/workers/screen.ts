import { safe } from '../../../src/text/fit.ts'
import { count } from '../../../src/text/format.ts'
import { workerReason } from '../../../src/text/worker-reason.ts'
import type { AppState } from '../../state.ts'
import type { Screen } from '../screens.ts'
import { workersKeys } from './keys.ts'
import { workerId, workerLabel } from './state.ts'

export const workersScreen: Screen = {
  title: 'Workers',
  keys: workersKeys,
  ids: ({ status }) => status.view.workers.map(workerId),
  about({ status }) {
    const { workers } = status.view
    const running = workers.filter(({ state }) => state === 'running').length
    return `${running} of ${count(workers.length, 'instance')} running`
  },
  note({ status, lists }: AppState) {
    const worker = status.view.workers.find((candidate) => workerId(candidate) === lists.workers.id)
    if (!worker) return ''
    const lastExit = worker.lastExit === null ? '' : ` · last exit: ${safe(worker.lastExit)}`
    return `${workerLabel(worker)}: ${safe(workerReason(worker, status.at.wallMs))}${lastExit} · log ${safe(worker.logFile)}`
  },
  wants: () => [],
}
