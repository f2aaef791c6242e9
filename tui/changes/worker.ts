import type { InstanceAction } from '../../src/contract/routes.ts'
import type { JrName } from '../../src/domain/ids.ts'
import { livingStates, type WorkerState, type WorkerView } from '../../src/domain/worker.ts'
import { safe } from '../../src/text/fit.ts'
import { count, duration } from '../../src/text/format.ts'
import { tasksOf } from '../screens/workers/standing.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Question } from './change.ts'

export interface WorkerChange {
  /** Of what is changed: an instance, or a worker with all its instances. */
  id: string
  name: JrName
  action: InstanceAction | 'pause' | 'resume'
  /** Null: all of them. */
  instance: number | null
}

export const workerChange: ChangeType<'worker'> = {
  async do(client, change, signal) {
    const { name, action, instance } = change
    const which = instance === null ? {} : { instance }
    const { workers } = await client.call('commandWorker', { name, action, ...which }, signal)
    const meant = workers.filter(({ slot }) => instance === null || slot === instance)
    return { sentence: sentenceOf(change, meant), undo: undoOf(change) }
  },
}

/** `r`: asks before it restarts an instance. */
export function askRestart(state: AppState, worker: WorkerView | undefined): Step {
  if (!worker) return ask(state, 'No worker is chosen.')
  const what = labelOf(worker, state)
  if (worker.state === 'paused') return ask(state, `${what} is paused; p resumes it.`)
  const preview = isLiving(worker)
    ? `Restart ${what}? ${interruption([worker], state)}`
    : `Start ${what} anew? It is ${worker.state}; its breaker and its waits are forgiven.`
  return ask(state, question({ ...instanceOf(worker, state), action: 'restart' }, preview))
}

/** `p`: asks before it pauses a worker with all its instances, or lets it go on. */
export function askPause(state: AppState, worker: WorkerView | undefined): Step {
  if (!worker) return ask(state, 'No worker is chosen.')
  const { name } = worker
  const all = instancesOf(name, state)
  const change = { id: name, name, instance: null }
  if (worker.state === 'paused')
    return ask(state, question({ ...change, action: 'resume' }, resumeText(worker)))
  const many = all.length > 1 ? ` with its ${all.length} instances` : ''
  const held =
    worker.schedule === undefined ? 'It stays so, also when the daemon restarts.' : 'Its schedule is held.'
  const preview = `Pause ${safe(name)}${many}? ${held} ${interruption(all, state)}`
  return ask(state, question({ ...change, action: 'pause' }, preview))
}

/** `S`: asks before it stops an instance, or starts it. */
export function askRun(state: AppState, worker: WorkerView | undefined): Step {
  if (!worker) return ask(state, 'No worker is chosen.')
  const what = labelOf(worker, state)
  if (worker.state === 'paused') return ask(state, `${what} is paused; p resumes it.`)
  const change = instanceOf(worker, state)
  if (!isLiving(worker) && worker.state !== 'backoff') {
    const run = worker.schedule === undefined ? '' : ' A run is begun now.'
    return ask(state, question({ ...change, action: 'start' }, `Start ${what}? It is ${worker.state}.${run}`))
  }
  const until = worker.schedule === undefined ? 'It rests until it or the daemon is started again.' : ''
  const preview = `Stop ${what}? ${until} ${interruption([worker], state)}`
  return ask(state, question({ ...change, action: 'stop' }, preview))
}

function resumeText({ name, schedule }: WorkerView): string {
  return schedule === undefined
    ? `Resume ${safe(name)}? All its instances start again.`
    : `Resume ${safe(name)}? Its schedule goes on.`
}

/** Who is ended by it, how long that may take, and what becomes of their tasks. */
function interruption(workers: readonly WorkerView[], { status }: AppState): string {
  const living = workers.filter(isLiving)
  if (living.length === 0) return 'None of it runs.'
  const tasks = living.flatMap((worker) => tasksOf(worker, status.view))
  const graceMs = Math.max(...living.map(({ stopGraceMs }) => stopGraceMs ?? 0))
  const grace = graceMs > 0 ? ` within ${duration(graceMs)}` : ''
  const [first, ...others] = tasks
  if (first === undefined) return `It is at no task now and ends${grace}.`
  const which =
    others.length === 0 ? `Task ${first.taskId} (position ${first.position})` : count(tasks.length, 'task')
  return `${which} must finish${grace}, else the attempt is lost and another one follows.`
}

function isLiving({ state }: WorkerView): boolean {
  return (livingStates as readonly string[]).includes(state)
}

function instancesOf(name: JrName, { status }: AppState): WorkerView[] {
  return status.view.workers.filter((worker) => worker.name === name)
}

/** The runs of a scheduled worker have no numbers that last; an only instance needs none. */
function instanceOf(worker: WorkerView, state: AppState): Omit<WorkerChange, 'action'> {
  const { name, slot, schedule } = worker
  const instance = schedule === undefined && instancesOf(name, state).length > 1 ? slot : null
  return { id: `${name} ${slot}`, name, instance }
}

function labelOf(worker: WorkerView, state: AppState): string {
  const { instance } = instanceOf(worker, state)
  return instance === null ? safe(worker.name) : `${safe(worker.name)} #${instance}`
}

function question(change: WorkerChange, preview: string): Question {
  const { name, action, instance } = change
  const which = instance === null ? '' : ` --instance ${instance}`
  const command = `jrctl workers ${action} ${JSON.stringify(safe(name))}${which}`
  return { preview: preview.replaceAll('  ', ' '), command, change: { kind: 'worker', ...change } }
}

const opposites: Partial<Record<WorkerChange['action'], WorkerChange['action']>> = {
  pause: 'resume',
  resume: 'pause',
  stop: 'start',
  start: 'stop',
}

function undoOf(change: WorkerChange): Question | null {
  const action = opposites[change.action]
  if (action === undefined) return null
  const what = safe(change.name) + (change.instance === null ? '' : ` #${change.instance}`)
  return question({ ...change, action }, `Undo: ${action} ${what}?`)
}

/** What is said of it, and the state that goes without saying then. */
const done: Record<WorkerChange['action'], { words: string; state: WorkerState }> = {
  restart: { words: 'was restarted', state: 'running' },
  start: { words: 'was started', state: 'running' },
  stop: { words: 'was stopped', state: 'stopped' },
  pause: { words: 'is paused', state: 'paused' },
  resume: { words: 'goes on', state: 'running' },
}

function sentenceOf({ name, action, instance }: WorkerChange, workers: readonly WorkerView[]): string {
  const what = safe(name) + (instance === null ? '' : ` #${instance}`)
  const states = [...new Set(workers.map(({ state }) => state))].join(', ')
  const { words, state } = done[action]
  const now = states === '' || states === state ? '' : `; it is ${states}`
  const back = opposites[action] === undefined ? '' : ' z takes it back.'
  return `${what} ${words}${now}.${back}`
}
