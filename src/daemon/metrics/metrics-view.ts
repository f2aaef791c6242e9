import type { WorkerDefinition } from '../../config/policy.ts'
import type { AgentFigures, DeadLetterFigures, MemoryFigures, MetricsView } from '../../contract/metrics.ts'
import { apiVersion } from '../../contract/views.ts'
import type { DeadLetter } from '../../domain/dead-letter.ts'
import { dependencyDepths, stateOfAll } from '../../domain/dependencies.ts'
import { type DurationFigures, durationFigures } from '../../domain/metrics/percentiles.ts'
import type { WorkerView } from '../../domain/worker.ts'
import type { DeadLetterBook } from '../../ports/dead-letters.ts'
import type { MemoryStanding } from '../memory/memory-watch.ts'
import type { Metrics } from './metrics.ts'

export interface MetricsViewDeps {
  version: string
  uptimeMs(): number
  metrics: Pick<Metrics, 'of' | 'names'>
  memory(): MemoryStanding
  views(): WorkerView[]
  /** The workers of the configuration. */
  agents(): ConfiguredAgent[]
  /** The execution queue. */
  runs(): { waiting: number; lastWaitsMs: readonly number[] }
  book: Pick<DeadLetterBook, 'list' | 'countDead'>
}

export interface ConfiguredAgent {
  name: string
  department: string | null
  priority: number
  dependencyDepth: number
}

export function configuredAgents(workers: readonly WorkerDefinition[]): ConfiguredAgent[] {
  const depths = dependencyDepths(workers)
  return workers.map(({ name, department, priority }) => ({
    name,
    department,
    priority,
    dependencyDepth: depths.get(name) ?? 0,
  }))
}

/** As many as dashboards of such fleets have always shown. */
const lettersShown = 20

/** `GET /v1/metrics`: from memory and the local state alone, so that it answers whatever is away. */
export function metricsView(deps: MetricsViewDeps): MetricsView {
  const { book, metrics } = deps
  const runs = deps.runs()
  const views = Map.groupBy(deps.views(), ({ name }) => String(name))
  return {
    apiVersion,
    system: {
      version: deps.version,
      uptimeMs: Math.round(deps.uptimeMs()),
      executionQueueSize: runs.waiting,
      executionWaits: durationFigures(Float64Array.from(runs.lastWaitsMs).sort()),
      deadLetterQueueSize: book.countDead(),
      memory: memoryFigures(deps.memory()),
    },
    agents: deps.agents().map((agent) => agentFigures(agent, views.get(agent.name) ?? [], metrics)),
    metrics: durationsByName(metrics),
    deadLetterQueue: book.list({ states: ['dead'], limit: lettersShown }).map(letterFigures),
  }
}

function durationsByName(metrics: MetricsViewDeps['metrics']): Record<string, DurationFigures> {
  const known = metrics.names().flatMap((name) => {
    const durations = metrics.of(name)?.durations ?? null
    return durations === null ? [] : [[name, durations] as const]
  })
  return Object.fromEntries(known)
}

function memoryFigures(standing: MemoryStanding): MemoryFigures {
  const { own, budgetBytes, fleetPercent } = standing
  return {
    heapUsedMB: mb(own.heapUsed),
    heapTotalMB: mb(own.heapTotal),
    heapLimitMB: mb(own.heapLimit),
    heapPercent: oneDecimal(standing.heapPercent),
    heapLevel: standing.heapLevel,
    rssMB: mb(own.rss),
    externalMB: mb(own.external),
    fleetMB: mb(standing.fleetBytes),
    fleetBudgetMB: budgetBytes === null ? null : mb(budgetBytes),
    fleetPercent: fleetPercent === null ? null : oneDecimal(fleetPercent),
    fleetLevel: standing.fleetLevel,
  }
}

function agentFigures(
  agent: ConfiguredAgent,
  views: readonly WorkerView[],
  metrics: MetricsViewDeps['metrics'],
): AgentFigures {
  const figures = metrics.of(agent.name)
  const { p50 = null, p95 = null, p99 = null, avgDurationMs = null } = figures?.durations ?? {}
  const rss = sumOf(views.map(({ rssBytes }) => rssBytes))
  const cpu = sumOf(views.map(({ cpuPercent }) => cpuPercent))
  return {
    ...agent,
    priority: views[0]?.priority ?? agent.priority,
    state: stateOfAll(views.map(({ state }) => state)) ?? 'stopped',
    instances: views.length,
    running: views.filter(({ state }) => state === 'running').length,
    memoryMB: rss === null ? null : mb(rss),
    cpuPercent: cpu === null ? null : oneDecimal(cpu),
    p50,
    p95,
    p99,
    avgDurationMs,
    successes: figures?.successes ?? 0,
    failures: figures?.failures ?? 0,
    restarts: views.reduce((sum, { restarts }) => sum + restarts, 0),
    restartsOfDay: figures?.restartsOfDay ?? 0,
    score: figures?.score ?? null,
    lastEndedAt: figures?.lastEndedAt ?? null,
  }
}

function letterFigures(letter: DeadLetter): DeadLetterFigures {
  const { id, jrName, error, attempts, kind, title, department, schedule } = letter
  return {
    id,
    agentName: jrName,
    error,
    timestamp: isoOf(letter.diedAt),
    restartCount: attempts,
    executionData: { kind, title, department, schedule, lastHealthCheck: isoOf(letter.lastHealthCheckAt) },
  }
}

/** Null when nobody knows any of them. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

function isoOf(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString()
}

function mb(bytes: number): number {
  return oneDecimal(bytes / 2 ** 20)
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}
