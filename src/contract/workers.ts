import type { BreakerView } from '../domain/breaker-view.ts'
import type { JrName } from '../domain/ids.ts'
import type { ResourceLimits } from '../domain/resource-limits.ts'
import type { WorkerView } from '../domain/worker.ts'

/** What `GET /v1/workers/:name` answers: a worker as it stands, and as it is configured. */
export interface WorkerDetailView {
  apiVersion: number
  name: JrName
  instances: WorkerView[]
  /** Its circuit breaker; null: it is closed. */
  breaker: BreakerView | null
  definition: WorkerDefinitionView
}

/** Nothing of it is secret: of the environment there are the names alone. */
export interface WorkerDefinitionView {
  /** argv. */
  command: string[]
  cwd: string
  environment: {
    /** Variables that are set for it. */
    set: string[]
    /** Those that are handed on from the daemon's own. */
    passed: string[]
    inherit: 'clean' | 'all'
  }
  instances: number
  /** The account it runs as; null: the daemon's own. */
  user: string | null
  /** Null: none. */
  limits: ResourceLimits | null
  department: string | null
  /** 1 critical, 2 important, 3 normal. */
  priority: number
  dependsOn: string[]
  /** Null: as its dependencies say. */
  layer: number | null
  /** How it shows that others may count on it, in plain words. */
  ready: string
  readyTimeoutMs: number
  /** Which unassigned tasks it takes; null: every one. */
  accepts: { tags: string[] | null; when: string | null } | null
  restart: 'always' | 'on-failure' | 'never'
  stopSignal: string
  stopGraceMs: number
  heartbeat: 'auto' | 'required' | 'none'
  /** Null: it is kept running. */
  schedule: {
    cron: string
    timezone: string | null
    /** Null: as long as it likes. */
    timeoutMs: number | null
    maxConcurrent: number
    overlap: string
    missed: string
    retries: number
  } | null
}
