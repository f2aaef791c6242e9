import type { JrName } from '../../src/domain/ids.ts'
import { livingStates, type WorkerView } from '../../src/domain/worker.ts'
import { safe } from '../../src/text/fit.ts'
import { count, duration } from '../../src/text/format.ts'
import { tasksOf } from '../screens/workers/standing.ts'
import { workerById } from '../screens/workers/state.ts'
import type { AppState } from '../state.ts'
import type { Preview } from './change.ts'
import type { WorkerChange } from './worker.ts'

/** What it would do, by how the worker is now; null: there is none (any more). */
export function workerPreview(state: AppState, change: WorkerChange): Preview | null {
  const all = instancesOf(change.name, state)
  // Whom a pause or a resumption means is named; all else is about one.
  const worker = workerById(state, change.id) ?? all[0]
  if (worker === undefined) return null
  const { text, ended } = texts[change.action]({ state, worker, all, what: labelOf(change) })
  const essence = [change.action, worker.state, tasksAt(ended, state).length, ended.length].join(' ')
  return { text: text.trim().replaceAll(/ {2,}/g, ' '), essence }
}

interface Asked {
  state: AppState
  worker: WorkerView
  /** All instances of it. */
  all: readonly WorkerView[]
  /** Its name, and its number where that matters. */
  what: string
}

/** What is said of each action, and who may be ended by it. */
const texts: Record<
  WorkerChange['action'],
  (asked: Asked) => { text: string; ended: readonly WorkerView[] }
> = {
  restart({ state, worker, what }) {
    if (!isLiving(worker)) {
      const text = `Start ${what} anew? It is ${worker.state}; its breaker and its waits are forgiven.`
      return { text, ended: [] }
    }
    return { text: `Restart ${what}? ${interruption([worker], state)}`, ended: [worker] }
  },
  start({ worker, what }) {
    const run = worker.schedule === undefined ? '' : 'A run is begun now.'
    return { text: `Start ${what}? It is ${worker.state}. ${run}`, ended: [] }
  },
  stop({ state, worker, what }) {
    const until = worker.schedule === undefined ? 'It rests until it or the daemon is started again.' : ''
    return { text: `Stop ${what}? ${until} ${interruption([worker], state)}`, ended: [worker] }
  },
  pause({ state, worker, all, what }) {
    const many = all.length > 1 ? ` with its ${all.length} instances` : ''
    const held =
      worker.schedule === undefined ? 'It stays so, also when the daemon restarts.' : 'Its schedule is held.'
    return { text: `Pause ${what}${many}? ${held} ${interruption(all, state)}`, ended: all }
  },
  resume({ worker, what }) {
    const goes = worker.schedule === undefined ? 'All its instances start again.' : 'Its schedule goes on.'
    return { text: `Resume ${what}? ${goes}`, ended: [] }
  },
}

/** Who is ended by it, how long that may take, and what becomes of their tasks. */
function interruption(workers: readonly WorkerView[], state: AppState): string {
  const living = workers.filter(isLiving)
  if (living.length === 0) return 'None of it runs.'
  const grace = graceWords(living)
  const [first, ...others] = tasksAt(living, state)
  if (first === undefined) return `It is at no task now and ends${grace}.`
  const which =
    others.length === 0
      ? `Task ${first.taskId} (position ${first.position})`
      : count(others.length + 1, 'task')
  return `${which} must finish${grace}, else the attempt is lost and another one follows.`
}

/** ` within 10 s`: how long what ends may take. */
export function graceWords(workers: readonly WorkerView[]): string {
  const graceMs = Math.max(0, ...workers.map(({ stopGraceMs }) => stopGraceMs ?? 0))
  return graceMs > 0 ? ` within ${duration(graceMs)}` : ''
}

/** What those of them are at that live. */
function tasksAt(workers: readonly WorkerView[], { status }: AppState) {
  return workers.filter(isLiving).flatMap((worker) => tasksOf(worker, status.view))
}

export function isLiving({ state }: WorkerView): boolean {
  return (livingStates as readonly string[]).includes(state)
}

export function instancesOf(name: JrName, { status }: AppState): WorkerView[] {
  return status.view.workers.filter((worker) => worker.name === name)
}

/** `Research Jr. #2`: what is changed. */
export function labelOf({ name, instance }: Pick<WorkerChange, 'name' | 'instance'>): string {
  return safe(name) + (instance === null ? '' : ` #${instance}`)
}
