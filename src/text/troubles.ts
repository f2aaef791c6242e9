import type { OrchestratorLineView } from '../contract/orchestrator.ts'
import type { NodeView, StatusView } from '../contract/views.ts'
import { healthLimits } from '../domain/cycle/health.ts'
import type { WorkerState, WorkerView } from '../domain/worker.ts'
import { safe } from './fit.ts'
import { count, duration } from './format.ts'
import { workerReason } from './worker-reason.ts'

/** Something that is not as it should be. `bad` needs somebody; `warn` may pass. */
export interface Trouble {
  level: 'bad' | 'warn'
  /** One sentence, safe for a terminal. */
  text: string
}

/** All that is wrong with the fleet, the worst first, as of `nowMs`; nothing when all is well. */
export function troublesOf(status: StatusView, nowMs: number): Trouble[] {
  const troubles = [
    ...databaseTroubles(status),
    ...breakerTroubles(status),
    ...gatewayTroubles(status),
    ...cycleTroubles(status, nowMs),
    ...queueTroubles(status, nowMs),
    ...workerTroubles(status.workers, nowMs),
    ...(status.degraded ?? []).map((text) => warn(safe(text))),
    ...clusterTroubles(status),
  ]
  return [
    ...troubles.filter(({ level }) => level === 'bad'),
    ...troubles.filter(({ level }) => level === 'warn'),
  ]
}

function bad(text: string): Trouble {
  return { level: 'bad', text }
}

function warn(text: string): Trouble {
  return { level: 'warn', text }
}

function databaseTroubles({ database, queueAgeMs }: StatusView): Trouble[] {
  const { state, listening, lastError } = database
  if (state === 'up')
    return listening ? [] : [warn('the database tells of no changes (LISTEN); the queue is polled')]
  const because = lastError === null ? '' : `: ${safe(lastError)}`
  return [bad(`the database is down${because}; the counts are ${duration(queueAgeMs)} old`)]
}

function breakerTroubles({ breaker }: StatusView): Trouble[] {
  if (breaker === undefined || breaker.state === 'closed') return []
  const state = breaker.state === 'open' ? 'open, nobody is restarted' : 'half open, one is tried'
  return [bad(`the fleet's breaker is ${state}: ${safe(breaker.reason)}`)]
}

function gatewayTroubles({ gateway }: StatusView): Trouble[] {
  if (gateway === undefined) return []
  const away = gateway.upstreams.flatMap(({ name, unreachable }) =>
    unreachable === null ? [] : [bad(`upstream ${safe(name)} is out of reach: ${safe(unreachable)}`)],
  )
  return gateway.url === null && gateway.upstreams.length > 0
    ? [bad('the gateway is not open'), ...away]
    : away
}

/** A cycle that is off looks at nothing: what it saw last is told with its age. */
const oldHealthMs = 60_000

/** ` (5 min ago)` where the cycle's last look at the fleet's health is old; else nothing. */
export function healthAge({ lastPass }: OrchestratorLineView, nowMs: number): string {
  const ageMs = lastPass === null ? 0 : nowMs - lastPass.at
  return ageMs > oldHealthMs ? ` (${duration(ageMs)} ago)` : ''
}

function cycleTroubles({ orchestrator }: StatusView, nowMs: number): Trouble[] {
  if (orchestrator === undefined || !orchestrator.leads) return []
  const { problem, health } = orchestrator
  const failed = problem === null ? [] : [bad(`the cycle's last pass failed: ${safe(problem)}`)]
  if (health === null || health.status === 'healthy') return failed
  const reasons = (health.reasons ?? []).map(safe).join('; ')
  const old = healthAge(orchestrator, nowMs)
  const text = `health ${health.score} of 100, ${health.status}${old}${reasons === '' ? '' : `: ${reasons}`}`
  return [...failed, health.status === 'critical' ? bad(text) : warn(text)]
}

/** What the cycle would say of the queue, where none has looked lately: it is off, or another node's. */
function queueTroubles({ orchestrator, queue, database }: StatusView, nowMs: number): Trouble[] {
  if (orchestrator === undefined || database.state !== 'up') return []
  if (orchestrator.health !== null && healthAge(orchestrator, nowMs) === '') return []
  const waiting = queue.byStatus.pending + queue.byStatus.assigned
  const oldestMs = queue.oldestReadyMs ?? 0
  return [
    ...(waiting > healthLimits.waiting
      ? [warn(`${waiting} tasks wait, more than ${healthLimits.waiting}`)]
      : []),
    ...(oldestMs > healthLimits.oldestWaitingMs
      ? [warn(`the oldest ready task has waited for ${duration(oldestMs)}`)]
      : []),
  ]
}

/** States in which a worker stays until somebody sees to it, and one that passes; said of one, and of many. */
const workerStates: [state: WorkerState, level: Trouble['level'], one: string, many: string][] = [
  ['missing', 'bad', 'cannot be started', 'cannot be started'],
  ['disabled_by_failure', 'bad', 'is disabled by failure', 'are disabled by failure'],
  ['disabled_by_memory', 'bad', 'is disabled by memory', 'are disabled by memory'],
  ['error', 'bad', 'failed its last run', 'failed their last run'],
  ['timeout', 'bad', 'ran out of time', 'ran out of time'],
  ['backoff', 'warn', 'waits for its restart', 'wait for their restart'],
]

/** One sentence a state: a fleet of two hundred may be in the same trouble. */
function workerTroubles(workers: readonly WorkerView[], nowMs: number): Trouble[] {
  return workerStates.flatMap(([state, level, one, many]) => {
    const those = workers.filter((worker) => worker.state === state)
    const [first] = those
    if (first === undefined) return []
    if (those.length > 1) return [{ level, text: `${those.length} workers ${many}: ${namesOf(those)}` }]
    return [{ level, text: `${labelOf(first)} ${one}: ${safe(workerReason(first, nowMs))}` }]
  })
}

const namesMax = 3

function namesOf(workers: readonly WorkerView[]): string {
  const rest = workers.length - namesMax
  return workers.slice(0, namesMax).map(labelOf).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function labelOf({ name, slot }: WorkerView): string {
  return slot > 1 ? `${safe(name)} #${slot}` : safe(name)
}

function clusterTroubles({ cluster, queue }: StatusView): Trouble[] {
  if (cluster === undefined) return []
  const { leader, nodes, unassigned, onlineJrs, unseen = [] } = cluster
  const waiting = queue.byStatus.pending + queue.byStatus.assigned
  return [
    ...(leader === null ? [warn('no node leads the fleet')] : []),
    ...nodes.filter(({ state }) => state === 'silent').map(silence),
    ...unseenTroubles(unseen),
    ...(onlineJrs === 0 && unassigned > 0
      ? [warn(`${count(unassigned, 'task')} without a Jr, and no Jr is online`)]
      : []),
    ...(onlineJrs === 0 && unassigned === 0 && waiting > 0
      ? [warn(`${waiting === 1 ? '1 task waits' : `${waiting} tasks wait`}, and no Jr is online`)]
      : []),
  ]
}

/** A name that was mistyped, or a worker that was never started: such tasks wait for ever. */
function unseenTroubles(unseen: readonly { jr: string; tasks: number }[]): Trouble[] {
  const [first] = unseen
  if (first === undefined) return []
  const tasks = unseen.reduce((sum, jr) => sum + jr.tasks, 0)
  const waits = tasks === 1 ? '1 task waits' : `${tasks} tasks wait`
  if (unseen.length === 1) return [warn(`${waits} for ${safe(first.jr)}, a Jr that was never seen`)]
  const names = unseen.slice(0, namesMax).map(({ jr }) => safe(jr))
  const rest = unseen.length - names.length
  const more = rest > 0 ? ` and ${rest} more` : ''
  return [warn(`${waits} for Jrs that were never seen: ${names.join(', ')}${more}`)]
}

function silence({ nodeId, host, lastSeenAgeMs }: NodeView): Trouble {
  const where = host === '' || host === nodeId ? '' : ` on ${safe(host)}`
  return warn(`node ${safe(nodeId)}${where} is silent for ${duration(lastSeenAgeMs)}`)
}
