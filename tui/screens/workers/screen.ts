import { safe } from '../../../src/text/fit.ts'
import { count } from '../../../src/text/format.ts'
import { workerReason } from '../../../src/text/worker-reason.ts'
import type { AppState } from '../../state.ts'
import type { Screen } from '../screens.ts'
import { workersKeys } from './keys.ts'
import { selectedWorker, shownWorkers, workerId, workerLabel, workerOrders } from './state.ts'
import { workerLines } from './view.ts'

export const workersScreen: Screen = {
  title: 'Workers',
  short: 'Work',
  keys: workersKeys,
  orders: workerOrders.map(({ name }) => name),
  ids: (state) => shownWorkers(state).map(workerId),
  lines: workerLines,
  about({ status }) {
    const { workers } = status.view
    const running = workers.filter(({ state }) => state === 'running').length
    return `${running} of ${count(workers.length, 'instance')} running`
  },
  note(state: AppState) {
    const worker = selectedWorker(state)
    if (!worker) return ''
    const lastExit = worker.lastExit === null ? '' : ` · last exit: ${safe(worker.lastExit)}`
    return `${workerLabel(worker)}: ${safe(workerReason(worker, state.status.at.wallMs))}${lastExit} · log ${safe(worker.logFile)}`
  },
  wants: () => [],
  more: () => null,
}
