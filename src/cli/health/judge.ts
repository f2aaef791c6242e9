import type { QueueCountsView } from '../../contract/queue.ts'
import type { WorkerState } from '../../domain/worker.ts'
import { count, duration } from '../../text/format.ts'

/** What a health check saw. Ages in milliseconds. */
export interface HealthFacts {
  daemon: { up: true; phase: string; pid: number; uptimeMs: number } | { up: false; problem: string }
  database: { up: true; target: string } | { up: false; target: string | null; problem: string }
  /** Null when nobody could tell. */
  queue: QueueCountsView | null
  /** `jr_status`; empty when nobody could tell. */
  jrs: { name: string; online: boolean; lastSeenAgeMs: number | null }[]
  /** As the daemon sees them; empty without it. */
  workers: { name: string; state: WorkerState; reason: string; waitsFor?: string | null; schedule?: object }[]
  /** Nodes whose workers may claim nothing, with why; empty when nobody could tell. */
  heldNodes: { nodeId: string; reason: string }[]
  /** What the daemon says is not as it should be. */
  degraded: readonly string[]
  healed: { rescuedTasks: number; markedOffline: string[] }
  dryRun: boolean
  durationMs: number
}

/** Exit codes of the Nagios plugin guidelines, which spec §11 follows. */
export const healthLevels = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
export type HealthLevel = (typeof healthLevels)[number]

export interface Judgement {
  level: HealthLevel
  /** Worst first; empty when all is well. */
  problems: { level: 'WARNING' | 'CRITICAL'; text: string }[]
}

/** A ready task that waits longer tells of too few workers (spec §7 takes the same half hour off the health). */
export const longWaitMs = 30 * 60_000

const troubled = new Set<WorkerState>([
  'disabled_by_failure',
  'disabled_by_memory',
  'error',
  'timeout',
  'missing',
])

/** Pure: the same facts are always judged the same. */
export function judge(facts: HealthFacts): Judgement {
  const problems = [
    ...databaseProblems(facts),
    ...daemonProblems(facts),
    ...facts.degraded.map((text) => ({ level: 'WARNING' as const, text: `degraded: ${text}` })),
    ...facts.heldNodes.map(({ nodeId, reason }) => ({
      level: 'WARNING' as const,
      text: `node ${nodeId} claims no tasks: ${reason}`,
    })),
    ...workerProblems(facts),
    ...queueProblems(facts),
  ]
  problems.sort((a, b) => healthLevels.indexOf(b.level) - healthLevels.indexOf(a.level))
  return { level: problems[0]?.level ?? 'OK', problems }
}

type Problems = Judgement['problems']

function databaseProblems({ database }: HealthFacts): Problems {
  return database.up ? [] : [{ level: 'CRITICAL', text: `database: ${database.problem}` }]
}

/** A fleet whose workers run as units of their own needs no daemon to work; one with waiting work and nobody does. */
function daemonProblems({ daemon, queue, jrs }: HealthFacts): Problems {
  if (daemon.up)
    return daemon.phase === 'stopping' ? [{ level: 'WARNING', text: 'the daemon is stopping' }] : []
  const nobody = !jrs.some(({ online }) => online)
  const waiting = queue !== null && queue.byStatus.pending + queue.byStatus.assigned > 0
  const level = nobody && waiting ? 'CRITICAL' : 'WARNING'
  return [{ level, text: `daemon down${level === 'CRITICAL' ? ', tasks wait and no Jr is online' : ''}` }]
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
    ...[...bad, ...waiting].map(({ name, state }) => `${name} is ${state}`),
    ...workers.flatMap(({ name, waitsFor }) => (typeof waitsFor === 'string' ? [`${name} ${waitsFor}`] : [])),
  ].map((text) => ({ level: 'WARNING', text }))
}

function queueProblems({ queue, healed }: HealthFacts): Problems {
  const problems: Problems = []
  const waitMs = queue?.oldestReadyMs ?? 0
  if (waitMs > longWaitMs)
    problems.push({ level: 'WARNING', text: `a ready task has waited ${duration(waitMs)}` })
  if (healed.rescuedTasks > 0) {
    problems.push({ level: 'WARNING', text: `${count(healed.rescuedTasks, 'stuck task')} rescued` })
  }
  if (healed.markedOffline.length > 0) {
    problems.push({ level: 'WARNING', text: `marked offline: ${healed.markedOffline.join(', ')}` })
  }
  return problems
}

/** One line with perfdata (`'label'=value[unit]`), as monitoring systems read it. */
export function healthLine(facts: HealthFacts, { level, problems }: Judgement): string {
  const { queue, workers } = facts
  const by = queue?.byStatus
  const words = problems.length > 0 ? problems.map(({ text }) => text).join('; ') : wellWords(facts)
  const online = facts.jrs.filter((jr) => jr.online).length
  const figures: [string, number | undefined, string][] = [
    ['pending', by && by.pending + by.assigned, ''],
    ['in_progress', by?.in_progress, ''],
    ['retry', by?.retry, ''],
    ['failed', by?.failed, ''],
    ['oldest_ready', by && Math.round((queue.oldestReadyMs ?? 0) / 1000), 's'],
    ['jrs_online', facts.database.up ? online : undefined, ''],
    [
      'workers_running',
      facts.daemon.up ? workers.filter(({ state }) => state === 'running').length : undefined,
      '',
    ],
    ['rescued', facts.healed.rescuedTasks, ''],
    ['time', Math.round(facts.durationMs) / 1000, 's'],
  ]
  const perfdata = figures
    .filter(([, value]) => value !== undefined)
    .map(([label, value, unit]) => `${label}=${value}${unit}`)
  // A bar or a line break in the words would end them.
  return `JRCTL ${level} - ${words.replace(/[|\r\n]+/g, ' ')} | ${perfdata.join(' ')}`
}

function wellWords({ daemon, queue, workers }: HealthFacts): string {
  const running = workers.filter(({ state }) => state === 'running').length
  const parts = [
    daemon.up ? `daemon up ${duration(daemon.uptimeMs)}` : 'no daemon',
    count(running, 'worker'),
    queue ? `${queue.byStatus.in_progress} in progress` : 'queue unknown',
  ]
  return parts.join(', ')
}
