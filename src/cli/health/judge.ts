import { sanitize } from '../../domain/sanitize.ts'
import type { WorkerState } from '../../domain/worker.ts'
import { bytes, count, duration } from '../../text/format.ts'
import type { HealthFacts, Restart } from './facts.ts'
import { above, below, standardThresholds, type Thresholds, type Verdict } from './thresholds.ts'

/** Exit codes of the Nagios plugin guidelines, which spec §11 follows. */
export const healthLevels = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
export type HealthLevel = (typeof healthLevels)[number]

export interface Judgement {
  level: HealthLevel
  /** Worst first; empty when all is well. */
  problems: Problem[]
}

export interface Problem {
  level: 'WARNING' | 'CRITICAL' | 'UNKNOWN'
  /** One line, cleaned of control characters. */
  text: string
}

type Problems = Problem[]

/** What is known to be broken goes before what nobody may know, and that before what can wait. */
const byWeight = ['OK', 'WARNING', 'UNKNOWN', 'CRITICAL'] as const satisfies readonly HealthLevel[]

const troubled = new Set<WorkerState>([
  'disabled_by_failure',
  'disabled_by_memory',
  'error',
  'timeout',
  'missing',
])

/** Pure: the same facts are always judged the same. What nobody has told is no problem. */
export function judge(facts: HealthFacts, thresholds: Thresholds = standardThresholds): Judgement {
  const problems = [
    ...databaseProblems(facts),
    ...daemonProblems(facts),
    ...breakerProblems(facts),
    ...workerProblems(facts),
    ...healthProblems(facts, thresholds),
    ...diskProblems(facts, thresholds),
    ...facts.degraded.map((text) => warning(`degraded: ${text}`)),
    ...facts.heldNodes.map(({ nodeId, reason }) => warning(`node ${nodeId} claims no tasks: ${reason}`)),
    ...clusterProblems(facts),
    ...queueProblems(facts, thresholds),
    ...healedProblems(facts),
  ].map(({ level, text }) => ({ level, text: sanitize(text.replaceAll(/\s+/g, ' ')) }))
  problems.sort((a, b) => byWeight.indexOf(b.level) - byWeight.indexOf(a.level))
  return { level: problems[0]?.level ?? 'OK', problems }
}

const warning = (text: string) => ({ level: 'WARNING' as const, text })
const unknown = (text: string) => ({ level: 'UNKNOWN' as const, text })

function databaseProblems({ database }: HealthFacts): Problems {
  if (database === null || database.up) return []
  if (database.isDenied === true) return [unknown(`database: ${database.problem}`)]
  return [{ level: 'CRITICAL', text: `database: ${database.problem}` }]
}

const phaseWords: Record<string, string[]> = {
  stopping: ['the daemon is stopping'],
  slow: ['the daemon is slow to tell its status'],
}

/** A fleet whose workers run as units of their own needs no daemon to work; one with waiting work and nobody does. */
function daemonProblems({ daemon, queue, jrs }: HealthFacts): Problems {
  if (daemon === null) return []
  if (daemon.up) return (phaseWords[daemon.phase] ?? []).map(warning)
  if (daemon.isDenied === true) return [unknown(daemon.problem)]
  const nobody = !jrs.some(({ online }) => online)
  const waiting = queue !== null && queue.byStatus.pending + queue.byStatus.assigned > 0
  const level = nobody && waiting ? 'CRITICAL' : 'WARNING'
  const what = daemon.pid === null ? 'daemon down' : `the daemon (pid ${daemon.pid}) does not answer`
  return [{ level, text: `${what}${level === 'CRITICAL' ? ', tasks wait and no Jr is online' : ''}` }]
}

function breakerProblems({ breaker }: HealthFacts): Problems {
  return breaker === null || breaker.state === 'closed' ? [] : [{ level: 'CRITICAL', text: breaker.reason }]
}

function workerProblems({ workers }: HealthFacts): Problems {
  const bad = workers.filter(({ state }) => troubled.has(state))
  const waiting = workers.filter(({ state }) => state === 'backoff')
  // One that is run at times rests between them.
  const residents = workers.filter(({ schedule }) => schedule === undefined)
  const wanted = residents.filter(
    ({ state, waitsFor }) => (state !== 'stopped' && state !== 'paused') || typeof waitsFor === 'string',
  )
  const working = wanted.filter(({ state }) => state === 'running' || state === 'starting')
  if (wanted.length > 0 && working.length === 0) return [{ level: 'CRITICAL', text: 'no worker is running' }]
  return [
    ...[...bad, ...waiting].map(({ name, state, reason }) => `${name} is ${state}${because(reason)}`),
    ...workers.flatMap(({ name, waitsFor }) => (typeof waitsFor === 'string' ? [`${name} ${waitsFor}`] : [])),
  ].map(warning)
}

/** At three in the morning the reason saves a command; a long one is cut, `jrctl workers` has the rest. */
function because(reason: string): string {
  return reason === '' ? '' : ` (${sanitize(reason, { lengthMax: 120 })})`
}

function healthProblems({ health }: HealthFacts, { score }: Thresholds): Problems {
  if (health === null) return []
  const why = health.deductions.map(({ points, reason }) => `−${points} ${reason}`).join(', ')
  return graded(below(health.score, score), `health ${health.score} of 100${why === '' ? '' : ` (${why})`}`)
}

function diskProblems({ disk }: HealthFacts, { freeBytes }: Thresholds): Problems {
  if (disk === null) return []
  return graded(
    below(disk.freeBytes, freeBytes),
    `${bytes(disk.freeBytes)} free on the disk of the local state`,
  )
}

/** The daemons renew their rows every ten seconds; a node that ended said goodbye. */
function clusterProblems({ cluster }: HealthFacts): Problems {
  if (cluster === null) return []
  const silent = cluster.nodes.filter(({ state }) => state === 'silent')
  return [
    ...(cluster.leader === null ? [warning('no node leads the fleet')] : []),
    ...silent.map(({ nodeId, lastSeenAgeMs }) =>
      warning(`node ${nodeId} was last heard of ${duration(lastSeenAgeMs)} ago`),
    ),
  ]
}

function queueProblems({ queue }: HealthFacts, thresholds: Thresholds): Problems {
  if (queue === null) return []
  const pending = queue.byStatus.pending + queue.byStatus.assigned
  const waitMs = queue.oldestReadyMs ?? 0
  const dead = queue.byStatus.failed
  return [
    ...graded(above(waitMs, thresholds.oldestMs), `a ready task has waited ${duration(waitMs)}`),
    ...graded(
      above(pending, thresholds.pending),
      `${count(pending, 'task')} ${pending === 1 ? 'waits' : 'wait'}`,
    ),
    ...graded(above(dead, thresholds.failed), count(dead, 'dead letter')),
  ]
}

function healedProblems({ healed, dryRun }: HealthFacts): Problems {
  const problems: Problems = []
  if (healed.rescuedTasks > 0) {
    const rescued = dryRun ? 'to be rescued' : 'rescued'
    problems.push(warning(`${count(healed.rescuedTasks, 'stuck task')} ${rescued}`))
  }
  if (healed.markedOffline.length > 0) {
    problems.push(
      warning(`${dryRun ? 'silent, to be marked' : 'marked'} offline: ${listed(healed.markedOffline)}`),
    )
  }
  return [...problems, ...healed.restarts.map(restartProblem)]
}

function restartProblem({ text }: Restart): Problems[number] {
  return warning(text)
}

const listedMax = 5

function listed(names: readonly string[]): string {
  const more = names.length - listedMax
  return `${names.slice(0, listedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function graded(level: Verdict, text: string): Problems {
  return level === null ? [] : [{ level, text }]
}
