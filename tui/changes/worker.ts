import type { InstanceAction } from '../../src/contract/routes.ts'
import type { JrName } from '../../src/domain/ids.ts'
import { pausedReason, type WorkerState, type WorkerView } from '../../src/domain/worker.ts'
import { safe } from '../../src/text/fit.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Question } from './change.ts'
import { undoing } from './undoing.ts'
import { graceWords, instancesOf, isLiving, labelOf, workerPreview } from './worker-preview.ts'

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
  preview: workerPreview,
}

/** `r`: asks before it restarts an instance. */
export function askRestart(state: AppState, worker: WorkerView | undefined): Step {
  if (!worker) return ask(state, 'No worker is chosen.')
  const change = instanceOf(worker, state)
  const held = pauseOf(worker, state)
  if (held !== null) return ask(state, `${labelOf(change)} ${held}`)
  return ask(state, question(state, { ...change, action: 'restart' }))
}

/** `p`: asks before it pauses a worker with all its instances, or lets it go on. */
export function askPause(state: AppState, worker: WorkerView | undefined): Step {
  if (!worker) return ask(state, 'No worker is chosen.')
  const { name } = worker
  const action = worker.state === 'paused' ? 'resume' : 'pause'
  return ask(state, question(state, { id: name, name, instance: null, action }))
}

/** `S`: asks before it stops an instance, or starts it. */
export function askRun(state: AppState, worker: WorkerView | undefined): Step {
  if (!worker) return ask(state, 'No worker is chosen.')
  const change = instanceOf(worker, state)
  const held = pauseOf(worker, state)
  if (held !== null) return ask(state, `${labelOf(change)} ${held}`)
  const action = isLiving(worker) || worker.state === 'backoff' ? 'stop' : 'start'
  return ask(state, question(state, { ...change, action }))
}

/** That it is paused, or on its way there: then the daemon lets nothing start. Null: it is neither. */
function pauseOf(worker: WorkerView, { underWay }: AppState): string | null {
  if (worker.state === 'paused') return 'is paused; p resumes it.'
  const isAsked = underWay.some(
    ({ change }) => change.kind === 'worker' && change.action === 'pause' && change.name === worker.name,
  )
  const isEnding = worker.state === 'stopping' && worker.reason === pausedReason
  return isAsked || isEnding ? 'is being paused; once it is, p resumes it.' : null
}

/** The runs of a scheduled worker have no numbers that last; an only instance needs none. */
function instanceOf(worker: WorkerView, state: AppState): Omit<WorkerChange, 'action'> {
  const { name, slot, schedule } = worker
  const instance = schedule === undefined && instancesOf(name, state).length > 1 ? slot : null
  return { id: `${name} ${slot}`, name, instance }
}

function question(state: AppState, change: WorkerChange): Question {
  const text = workerPreview(state, change)?.text ?? ''
  return questionOf(change, text, instancesOf(change.name, state))
}

function questionOf(change: WorkerChange, preview: string, workers: readonly WorkerView[] = []): Question {
  const { name, action, instance } = change
  const which = instance === null ? '' : ` --instance ${instance}`
  const command = `jrctl workers ${action} ${JSON.stringify(safe(name))}${which}`
  const doing = doingOf(change, workers)
  return { preview, command, change: { kind: 'worker', ...change }, ...(doing === '' ? {} : { doing }) }
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
  const preview = undoing(`${action} ${labelOf(change)}?`)
  return { ...questionOf({ ...change, action }, preview), isUndo: true }
}

/** While it is done, which may take as long as what is at work there needs to end. */
const doingWords: Record<WorkerChange['action'], string> = {
  restart: 'Restarting',
  start: 'Starting',
  stop: 'Stopping',
  pause: 'Pausing',
  resume: 'Resuming',
}

function doingOf(change: WorkerChange, workers: readonly WorkerView[]): string {
  const grace = change.action === 'start' || change.action === 'resume' ? '' : graceWords(workers)
  const ends = grace === '' ? '' : `: what is at work there ends${grace}`
  return `${doingWords[change.action]} ${labelOf(change)}${ends} …`
}

/** What is said of it, and the state that goes without saying then. */
const done: Record<WorkerChange['action'], { words: string; state: WorkerState }> = {
  restart: { words: 'was restarted', state: 'running' },
  start: { words: 'was started', state: 'running' },
  stop: { words: 'was stopped', state: 'stopped' },
  pause: { words: 'is paused', state: 'paused' },
  resume: { words: 'goes on', state: 'running' },
}

function sentenceOf(change: WorkerChange, workers: readonly WorkerView[]): string {
  const states = [...new Set(workers.map(({ state }) => state))].join(', ')
  const { words, state } = done[change.action]
  const now = states === '' || states === state ? '' : `; it is ${states}`
  const back = opposites[change.action] === undefined ? '' : ' z takes it back.'
  return `${labelOf(change)} ${words}${now}.${back}`
}
