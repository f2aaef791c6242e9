import type { WorkerView } from '../../../src/domain/worker.ts'
import { safe } from '../../../src/text/fit.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'
import { stateCell, standingOf, standingRanks } from './standing.ts'

export function workerId({ name, slot }: Pick<WorkerView, 'name' | 'slot'>): string {
  return `${name} ${slot}`
}

export function workerLabel({ name, slot }: Pick<WorkerView, 'name' | 'slot'>): string {
  return slot > 1 ? `${safe(name)} #${slot}` : safe(name)
}

/** Those in trouble first, otherwise as they are configured. */
const byTrouble = (one: WorkerView, other: WorkerView): number =>
  standingRanks[standingOf(one)] - standingRanks[standingOf(other)]

export const workerOrders: readonly Order<WorkerView>[] = [
  { name: 'trouble first', compare: byTrouble },
  { name: 'as configured', compare: () => 0 },
  { name: 'name', compare: (one, other) => one.name.localeCompare(other.name) || one.slot - other.slot },
  { name: 'most memory', compare: (one, other) => (other.rssBytes ?? 0) - (one.rssBytes ?? 0) },
  { name: 'most CPU', compare: (one, other) => (other.cpuPercent ?? 0) - (one.cpuPercent ?? 0) },
  { name: 'most restarts', compare: (one, other) => other.restarts - one.restarts },
  { name: 'lowest score', compare: (one, other) => (one.score ?? 101) - (other.score ?? 101) },
]

export function shownWorkers({ status, arrangements }: AppState): readonly WorkerView[] {
  const { workers } = status.view
  // The first order of a screen is the one in which its rows come.
  const given = arrangements.workers.order === 0 ? workers.toSorted(byTrouble) : workers
  return arranged(given, arrangements.workers, {
    textOf: (worker) =>
      `${workerLabel(worker)} ${worker.state} ${stateCell(worker, 0).text} ${safe(worker.department)} ${worker.pid ?? ''}`,
    orders: workerOrders,
  })
}

export function selectedWorker(state: AppState): WorkerView | undefined {
  return shownWorkers(state).find((worker) => workerId(worker) === state.lists.workers.id)
}

/** By the id of its row. */
export function workerById({ status }: AppState, id: string): WorkerView | undefined {
  return status.view.workers.find((worker) => workerId(worker) === id)
}
