import type { PositionView } from '../../../src/contract/views.ts'
import { apiLimits } from '../../../src/contract/routes.ts'
import { isFinished, type ListedTask, type TaskStatus, taskStatuses } from '../../../src/domain/task.ts'
import { arranged, type Order } from '../../arrange.ts'
import type { AppState } from '../../state.ts'
import { isNarrowed } from './query.ts'

/** As many as the API gives at once: further back one gets by the filter. */
export const limitMax = apiLimits.listLimit

/** At work, then what waits, then what is over. */
const liveliness = {
  in_progress: 0,
  retry: 1,
  assigned: 2,
  pending: 2,
  scheduled: 3,
  failed: 4,
  cancelled: 5,
  completed: 5,
} as const satisfies Record<TaskStatus, number>

/** @param positions by which those at work stand among themselves */
function ordersBy(positions: readonly PositionView[]): readonly Order<ListedTask>[] {
  const places = new Map(positions.map(({ taskId, position }) => [taskId, position]))
  const placeOf = ({ id }: ListedTask): number => places.get(id) ?? Number.MAX_SAFE_INTEGER
  return [
    { name: 'newest', compare: (one, other) => other.id - one.id },
    {
      name: 'at work first',
      compare: (one, other) =>
        liveliness[one.status] - liveliness[other.status] ||
        placeOf(one) - placeOf(other) ||
        other.id - one.id,
    },
    { name: 'next to be claimed', compare: claimedBefore },
    { name: 'oldest', compare: (one, other) => one.createdAt - other.createdAt || one.id - other.id },
  ]
}

export const taskOrderNames: readonly string[] = ordersBy([]).map(({ name }) => name)

/** The same orders while the positions are the same, so that the rows are ordered once for each of their states. */
const knownOrders = new WeakMap<object, readonly Order<ListedTask>[]>()

function ordersNow({ status: { view } }: AppState): readonly Order<ListedTask>[] {
  const known = knownOrders.get(view.positions) ?? ordersBy(view.positions)
  knownOrders.set(view.positions, known)
  return known
}

/** The order in which workers take ready tasks; those that are not ready behind them. */
function claimedBefore(one: ListedTask, other: ListedTask): number {
  return (
    Number(isReady(other)) - Number(isReady(one)) ||
    Number(isFinished(one.status)) - Number(isFinished(other.status)) ||
    Number(other.urgent) - Number(one.urgent) ||
    other.sacredFirePriority - one.sacredFirePriority ||
    one.priority - other.priority ||
    one.createdAt - other.createdAt ||
    one.id - other.id
  )
}

function isReady({ status }: ListedTask): boolean {
  return status === 'pending' || status === 'assigned'
}

/** Null until they have come. The daemon has filtered them. */
export function shownTasks(state: AppState): readonly ListedTask[] | null {
  const rows = state.loaded.tasks?.answer
  if (rows === undefined) return null
  const arrangement = { ...state.arrangements.tasks, filter: '' }
  return arranged(rows, arrangement, { textOf: () => '', orders: ordersNow(state) })
}

export function selectedTask(state: AppState): ListedTask | undefined {
  return shownTasks(state)?.find(({ id }) => String(id) === state.lists.tasks.id)
}

/** How many tasks there are of those that were asked for, by the queue's own counts; null: they do not tell. */
export function tasksInAll({ loaded, status }: AppState): number | null {
  const query = loaded.tasks?.by.query
  if (query === undefined || isNarrowed(query)) return null
  const { byStatus } = status.view.queue
  const statuses: readonly TaskStatus[] = query.statuses ?? taskStatuses
  return statuses.reduce((sum, name) => sum + byStatus[name], 0)
}
