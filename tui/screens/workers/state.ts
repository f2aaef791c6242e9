import type { WorkerView } from '../../../src/domain/worker.ts'
import { safe } from '../../../src/text/fit.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'

export function workerId({ name, slot }: WorkerView): string {
  return `${name} ${slot}`
}

export function workerLabel({ name, slot }: WorkerView): string {
  return slot > 1 ? `${safe(name)} #${slot}` : safe(name)
}

export const workerOrders: readonly Order<WorkerView>[] = [
  { name: 'name', compare: (one, other) => workerId(one).localeCompare(workerId(other)) },
  { name: 'most memory', compare: (one, other) => (other.rssBytes ?? 0) - (one.rssBytes ?? 0) },
  { name: 'most CPU', compare: (one, other) => (other.cpuPercent ?? 0) - (one.cpuPercent ?? 0) },
  { name: 'most restarts', compare: (one, other) => other.restarts - one.restarts },
]

export function shownWorkers({ status, arrangements }: AppState): readonly WorkerView[] {
  return arranged(status.view.workers, arrangements.workers, {
    textOf: (worker) => `${workerLabel(worker)} ${worker.state} ${safe(worker.department)}`,
    orders: workerOrders,
  })
}

export function selectedWorker(state: AppState): WorkerView | undefined {
  return shownWorkers(state).find((worker) => workerId(worker) === state.lists.workers.id)
}
