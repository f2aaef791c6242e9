import type { ShutdownPolicy } from '../../config/policy.ts'
import type { JrName, TaskId } from '../../domain/ids.ts'
import type { WorkerView } from '../../domain/worker.ts'
import type { StopReport } from '../../supervisor/supervisor.ts'

/** Workers named in one line; more are counted. */
const namedMax = 10

/** What is known of a worker besides its view, for whoever waits for it. */
export interface WorkerFacts {
  /** Tasks of this Jr that are at work on this node, as far as this node knows. */
  tasksOf: (name: JrName) => readonly TaskId[]
  /** How long it may take to end once its work need not be finished any more. */
  stopGraceMsOf: (name: JrName) => number
}

/** What `[3/6]` says. */
export function finishText(policy: ShutdownPolicy): string {
  if (policy.workers === 'leave') return 'Running work goes on without us; the next daemon adopts the workers'
  if (policy.finishGraceMs === 0) return 'Running work is not waited for (shutdown.finish_grace is 0)'
  return `Running work may finish (at most ${seconds(policy.finishGraceMs)})`
}

/**
 * Who is being waited for, with what comes next for each.
 * @param finishLeftMs until their work is no longer waited for; negative: since it is not any more
 */
export function whoText(workers: readonly WorkerView[], facts: WorkerFacts, finishLeftMs: number): string {
  const named = workers.slice(0, namedMax).map((worker) => {
    const next =
      finishLeftMs > 0 ? finishNextText(worker, finishLeftMs) : killText(worker, facts, finishLeftMs)
    return `${identityText(worker, facts)}, ${next}`
  })
  const more = workers.length - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

/** Who is needed by others is asked to end when these have; a run ends by itself when its work is done. */
function finishNextText({ state, schedule }: WorkerView, leftMs: number): string {
  if (schedule !== undefined && state === 'running')
    return `whose run may finish, asked in ${seconds(leftMs)}`
  const isAsked = state !== 'running'
  return isAsked
    ? `asked again in ${seconds(leftMs)}`
    : `asked when those that need it have ended, in ${seconds(leftMs)} at the latest`
}

function killText({ name }: WorkerView, { stopGraceMsOf }: WorkerFacts, finishLeftMs: number): string {
  const leftMs = stopGraceMsOf(name) + finishLeftMs
  return leftMs > 0 ? `killed in ${seconds(leftMs)}` : 'being killed'
}

/** `Research Jr. #2 (pid 12, task 7)` */
function identityText({ name, slot, pid }: WorkerView, { tasksOf }: WorkerFacts): string {
  const tasks = tasksOf(name)
  const facts = [
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(tasks.length === 0
      ? []
      : [`${tasks.length === 1 ? 'task' : 'tasks'} ${tasks.slice(0, namedMax).join(', ')}`]),
  ]
  return `${name}${slot > 1 ? ` #${slot}` : ''}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`
}

/** Who ended how. */
export function endedText({ endedThemselves, forced, left }: StopReport): string {
  const parts = [`by themselves: ${listText(endedThemselves)}`, `forced: ${listText(forced)}`]
  if (left.length > 0) parts.push(`left running: ${listText(left)}`)
  return parts.join('; ')
}

/** Instances of one Jr are counted. */
function listText(names: readonly JrName[]): string {
  const counts = new Map<JrName, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  if (counts.size === 0) return 'none'
  const texts = [...counts].map(([name, times]) => (times === 1 ? name : `${name} ×${times}`))
  const more = texts.length - namedMax
  return `${texts.slice(0, namedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Whole seconds, as a countdown is read; from ten minutes on minutes, from two hours on hours. */
export function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000))
  if (whole < 600) return `${whole} s`
  return whole < 7200 ? `${Math.round(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`
}
