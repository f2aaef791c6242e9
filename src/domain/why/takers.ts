import { acceptsTags } from '../acceptance.ts'
import type { JrName } from '../ids.ts'
import type { WorkerState } from '../worker.ts'
import { blocks, tells, type Reason } from './reason.ts'
import type { DaemonFacts, JrStanding, TaskStanding, WhyFacts } from './standing.ts'
import { ago, because, counted, ended, quoted, shown } from './words.ts'

/** Who could take a waiting task, and what keeps them. */
export function takerReasons({ standing, daemon }: WhyFacts): Reason[] {
  const { assignedJr } = standing.task
  return [
    ...(assignedJr === null ? anybodyReasons(standing) : jrReasons(standing, assignedJr, daemon)),
    ...daemonReasons(standing, daemon),
  ]
}

function anybodyReasons(standing: TaskStanding): Reason[] {
  const { online, leader } = standing
  if (online.count === 0) {
    const next = 'Start a worker: jrctl workers start NAME, or jrctl work NAME -- COMMAND'
    return [blocks('nobody_online', 'No Jr is online, so nobody can take it.', next)]
  }
  const noLeader = 'No daemon leads the fleet at the moment, so nobody gives out unassigned tasks.'
  return [
    acceptanceReason(standing),
    ...(leader === null ? [tells('nobody_leads', noLeader, 'Start one with: jrctl daemon')] : []),
  ]
}

/** More names than this would not make a line clearer. */
const namedMax = 5

function acceptanceReason(standing: TaskStanding): Reason {
  const { task, online } = standing
  const may = online.some.filter(({ name }) => refusalOf(standing, name) === null)
  if (may.length === 0 && online.count === online.some.length) {
    const refusals = online.some.slice(0, namedMax).map(({ name }) => refusalOf(standing, name))
    return blocks(
      'nobody_accepts',
      `None of the online Jrs accepts it: ${refusals.join('; ')}${rest(online.count - namedMax)}.`,
      `Give it to one all the same: jrctl tasks set ${task.id} --assign NAME`,
    )
  }
  const some = may
    .slice(0, namedMax)
    .map((jr) => `${shown(jr.name)} (load ${jr.load}${conditionOf(standing, jr.name)})`)
  return tells(
    'unassigned',
    `No Jr is named. It is given to the least loaded online one that accepts it, within a minute, or taken by a worker that takes unassigned tasks when its own are done. Online: ${some.join(', ')}${rest(online.count - some.length)}.`,
  )
}

function rest(more: number): string {
  return more > 0 ? ` and ${more} more` : ''
}

/** Why this Jr takes no such task, as far as it was judged; null: it may. */
function refusalOf({ task, accepts }: TaskStanding, name: JrName): string | null {
  const own = accepts.filter(({ jrName }) => jrName === name)
  const refusing = own.find((stated) => !acceptsTags(stated.accepts, task))
  const unmet = own.find(({ holds }) => holds === false)
  if (refusing === undefined)
    return unmet === undefined
      ? null
      : `${shown(name)} takes only tasks with ${shown(unmet.accepts.when ?? '', 80)}`
  const tags = (refusing.accepts.tags ?? []).slice(0, namedMax).map((tag) => shown(tag, 60))
  return `${shown(name)} takes only tasks tagged ${tags.join(' or ')}`
}

/** What else it asks of a task, where nobody tried whether it holds. */
function conditionOf({ accepts }: TaskStanding, name: JrName): string {
  const conditions = accepts
    .filter(({ jrName, accepts: { when }, holds }) => jrName === name && when !== null && holds === undefined)
    .map((stated) => shown(stated.accepts.when ?? '', 80))
  return conditions.length === 0 ? '' : `, only when ${conditions.join(' and ')}`
}

function jrReasons(standing: TaskStanding, name: JrName, daemon: DaemonFacts): Reason[] {
  const { jr } = standing
  const isOnline = jr !== null && jr.online
  return [presenceReason(standing, name), ...workerReasons(name, daemon, isOnline)]
}

function presenceReason(standing: TaskStanding, name: JrName): Reason {
  const { jr, task } = standing
  const reassign = `Give it to another: jrctl tasks set ${task.id} --assign NAME`
  if (jr === null)
    return blocks('jr_unknown', `No worker called ${shown(name)} has ever been seen.`, reassign)
  if (!jr.online) return blocks('jr_offline', offlineWords(jr), reassign)
  return tells('jr_online', onlineWords(standing, jr))
}

function offlineWords({ name, lastSeenAgeMs }: JrStanding): string {
  const seen = lastSeenAgeMs === null ? 'it was never seen' : `it was last seen ${ago(lastSeenAgeMs)}`
  return `${shown(name)} is offline: ${seen}.`
}

/** How many slots a worker has is its own business; the database is told the load alone. */
function onlineWords(
  { instances, closedForMs }: TaskStanding,
  { name, load, lastSeenAgeMs }: JrStanding,
): string {
  const where = instances.length === 0 ? '' : ` with ${counted(instances.length, 'instance')}`
  const seen = lastSeenAgeMs === null ? '' : `, seen ${ago(lastSeenAgeMs)}`
  const work =
    load > 0
      ? `It works on ${counted(load, 'task')}; whether it has a free slot for this one, the database is not told.`
      : closedForMs === null
        ? 'It is idle and should take the task at once.'
        : 'It is idle.'
  return `${shown(name)} is online${where}${seen}. ${work}`
}

/** What completes "its worker is …". */
const stateWords: Partial<Record<WorkerState, string>> = {
  backoff: 'waiting to be started again',
  disabled_by_failure: 'disabled after too many failures',
  disabled_by_memory: 'disabled for its memory',
  error: 'stopped by an error',
  timeout: 'stopped, having run out of time',
}

const wayUp: Partial<Record<WorkerState, (name: string) => string>> = {
  paused: (name) => `jrctl workers resume ${name}`,
  stopped: (name) => `jrctl workers start ${name}`,
  error: (name) => `jrctl logs ${name}`,
  timeout: (name) => `jrctl logs ${name}`,
  backoff: (name) => `jrctl logs ${name}`,
  disabled_by_failure: (name) => `jrctl logs ${name}`,
  missing: () => 'jrctl config check',
}

/** More lines than this would not make one screen. */
const workersTold = 3

function workerReasons(name: JrName, daemon: DaemonFacts, isOnline: boolean): Reason[] {
  if (!daemon.up) return []
  const own = daemon.workers.filter((worker) => worker.name === name)
  if (own.length === 0 && !isOnline && daemon.configured?.includes(name) === true) {
    const next = `jrctl workers scale ${quoted(name)} 1`
    return [blocks('worker_absent', `${shown(name)} is configured here, with no instances.`, next)]
  }
  if (own.length === 0 && !isOnline) {
    const known = [...new Set(daemon.workers.map((worker) => shown(worker.name)))].slice(0, 8).join(', ')
    const others = known === '' ? 'It has none.' : `It has: ${known}.`
    const next = 'Add a [[workers]] table, then: jrctl reload'
    return [blocks('worker_absent', `The daemon here has no worker called ${shown(name)}. ${others}`, next)]
  }
  const down = own.filter(({ state }) => state !== 'running' && state !== 'starting')
  const isWhole = down.length === own.length
  return down.slice(0, workersTold).map(({ slot, state, reason }) => {
    const who = slot > 1 ? `${shown(name)} #${slot}` : shown(name)
    const sentence = ended(`Its worker ${who} here is ${stateWords[state] ?? state}${because(reason)}`)
    const next = wayUp[state]?.(quoted(name)) ?? null
    return isWhole && !isOnline ? blocks('worker_down', sentence, next) : tells('worker_down', sentence, next)
  })
}

function daemonReasons(standing: TaskStanding, daemon: DaemonFacts): Reason[] {
  if (!daemon.up || daemon.phase === 'stopping') return []
  if (daemon.listening) return []
  const idle = standing.online.count > 0
  const sentence = 'The daemon hears no notifications and polls, so changes are seen late'
  return idle ? [tells('polling', `${sentence}.`, 'See: jrctl doctor')] : []
}

/** A daemon that is away, or on its way. */
export function daemonReason({ standing, daemon }: WhyFacts): Reason[] {
  const waits = standing.task.status !== 'in_progress'
  if (daemon.up) {
    return waits && daemon.phase === 'stopping'
      ? [blocks('daemon_ending', 'The daemon here is stopping, and its workers with it.')]
      : []
  }
  const sentence = shown(daemon.problem) || 'No daemon answers here'
  const blind = waits ? 'its workers are not known' : 'shares and buckets are not known'
  const next = 'Start one with: jrctl daemon'
  const somebody =
    standing.task.assignedJr === null ? standing.online.count > 0 : standing.jr?.online === true
  return waits && !somebody
    ? [blocks('daemon_down', ended(sentence), next)]
    : [tells('daemon_down', `${sentence.replace(/\.$/, '')}; ${blind}.`, next)]
}
