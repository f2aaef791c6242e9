import type { BusFigures } from '../domain/bus/figures.ts'
import type { DurationFigures } from '../domain/metrics/percentiles.ts'
import type { MemoryLevel } from '../domain/memory.ts'
import type { GatewayView } from '../domain/gateway-view.ts'
import type { Score } from '../domain/score.ts'
import type { WorkerState } from '../domain/worker.ts'
import type { CycleView } from './orchestrator.ts'

/** `GET /v1/metrics`. Durations are milliseconds, MB are 2^20 bytes. */
export interface MetricsView {
  apiVersion: number
  system: SystemFigures
  /** Missing where none is configured, and from an older daemon. */
  gateway?: GatewayView
  /** Missing from an older daemon, as the next. */
  cycle?: CycleView
  bus?: BusFigures
  api?: ApiFigures
  /** The workers of this node, those with no instances too. */
  agents: AgentFigures[]
  /** By Jr, of the last 1,000 successful executions; Jrs without one are not there. */
  metrics: Record<string, DurationFigures>
  /** The latest 20 of this node's copy, the newest first. */
  deadLetterQueue: DeadLetterFigures[]
}

/** Requests to the API, by all its ways in, since the daemon started. */
export interface ApiFigures {
  /** Those that have ended, by `METHOD /route` (`other`: there is none), then by `2xx`, `4xx`, … or `gone`. */
  requests: Record<string, Record<string, number>>
  /** Who listens to a stream is one. */
  inFlight: number
  /** By the code of the error. */
  refused: Record<string, number>
}

export interface SystemFigures {
  version: string
  uptimeMs: number
  /** Runs that wait for their turn. */
  executionQueueSize: number
  /** How long those that began lately waited; null while no worker is scheduled, or none began. */
  executionWaits: DurationFigures | null
  deadLetterQueueSize: number
  memory: MemoryFigures
}

export interface MemoryFigures {
  heapUsedMB: number
  heapTotalMB: number
  /** Where V8 gives up; `heapPercent` is of this. */
  heapLimitMB: number
  heapPercent: number
  heapLevel: MemoryLevel
  rssMB: number
  externalMB: number
  /** The workers of this node together, as last looked at. */
  fleetMB: number
  /** Null: there is none. */
  fleetBudgetMB: number | null
  fleetPercent: number | null
  fleetLevel: MemoryLevel
}

export interface AgentFigures {
  name: string
  department: string | null
  priority: number
  /** How long the longest chain of its dependencies is. */
  dependencyDepth: number
  /** That of its best instance. */
  state: WorkerState
  instances: number
  running: number
  memoryMB: number | null
  cpuPercent: number | null
  p50: number | null
  p95: number | null
  p99: number | null
  avgDurationMs: number | null
  /** Of attempts at tasks, on whatever node, and of this node's runs. */
  successes: number
  failures: number
  restarts: number
  restartsOfDay: number
  score: Score | null
  /** Epoch milliseconds. */
  lastEndedAt: number | null
}

/** As dashboards of such fleets have always read them. */
export interface DeadLetterFigures {
  id: string
  agentName: string | null
  error: string | null
  /** ISO 8601; null when nobody noted it. */
  timestamp: string | null
  restartCount: number
  executionData: {
    kind: string
    title: string
    department: string | null
    schedule: string | null
    /** ISO 8601. */
    lastHealthCheck: string | null
  }
}
