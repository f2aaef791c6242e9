import { safe } from '../../../src/text/fit.ts'
import { workerReason } from '../../../src/text/worker-reason.ts'
import type { AppState } from '../../state.ts'
import type { Screen } from '../screens.ts'
import { breakerLine } from './breaker-line.ts'
import { workersKeys } from './keys.ts'
import { standingOf, type Standing } from './standing.ts'
import { selectedWorker, shownWorkers, workerId, workerLabel, workerOrders } from './state.ts'
import { workerLines } from './view.ts'

export const workersScreen: Screen = {
  title: 'Workers',
  keys: workersKeys,
  orders: workerOrders.map(({ name }) => name),
  beside: (state) => (breakerLine(state) === null ? 0 : 1),
  ids: (state) => shownWorkers(state).map(workerId),
  lines: workerLines,
  about: (state) => counts(shownWorkers(state).map(standingOf)),
  note(state: AppState) {
    const worker = selectedWorker(state)
    if (!worker) return ''
    const lastExit = worker.lastExit === null ? '' : ` · last exit: ${safe(worker.lastExit)}`
    return `${workerLabel(worker)}: ${safe(workerReason(worker, state.status.at.wallMs))}${lastExit}`
  },
  wants: () => [],
  more: () => null,
}

const words: Record<Standing, string> = {
  well: 'well',
  trouble: 'in trouble',
  unsettled: 'on the way',
  held: 'at rest',
}

/** `12 well, 1 in trouble`: those there are. */
function counts(all: readonly Standing[]): string {
  return (Object.keys(words) as Standing[])
    .map((standing): [Standing, number] => [standing, all.filter((one) => one === standing).length])
    .filter(([standing, workers]) => workers > 0 || (standing === 'well' && all.length === 0))
    .map(([standing, workers]) => `${workers} ${words[standing]}`)
    .join(', ')
}
