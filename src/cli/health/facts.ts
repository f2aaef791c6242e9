import type { QueueCountsView } from '../../contract/queue.ts'
import type { ClusterView } from '../../contract/views.ts'
import type { FleetBreakerView } from '../../domain/breaker-view.ts'
import type { Health } from '../../domain/cycle/health.ts'
import type { WorkerView } from '../../domain/worker.ts'

/** What a health check saw. Ages in milliseconds. It fills as the answers come: null is what nobody has told (yet). */
export interface HealthFacts {
  daemon: DaemonFacts | null
  database:
    | { up: true; target: string }
    | { up: false; target: string | null; problem: string; isDenied?: true }
    | null
  queue: QueueCountsView | null
  /** `jr_status`; empty when nobody could tell. */
  jrs: { name: string; online: boolean; lastSeenAgeMs: number | null }[]
  /** As the daemon sees them; empty without it. */
  workers: WorkerFacts[]
  /** Nodes whose workers may claim nothing, with why; empty when nobody could tell. */
  heldNodes: { nodeId: string; reason: string }[]
  /** What the daemon says is not as it should be. */
  degraded: readonly string[]
  /** The breaker of all restarts. */
  breaker: Pick<FleetBreakerView, 'state' | 'reason'> | null
  cluster: Pick<ClusterView, 'leader' | 'nodes'> | null
  /** Of the capacity that this node hands out: requests that wait, and that are out. */
  capacity: { waiting: number; inFlight: number } | null
  /** Tasks in the order of positions. */
  positions: number | null
  /** The fleet's, as the daemon judges it. */
  health: Health | null
  /** Where the local state is. */
  disk: { freeBytes: number; totalBytes: number } | null
  healed: Healing
  dryRun: boolean
  durationMs: number
}

export type DaemonFacts =
  /** `slow`: it lives, and has no status to tell in time, as in the first seconds of a database's silence. */
  | { up: true; phase: string; pid: number; uptimeMs: number | null }
  /** `pid`: its process is there, and does not answer; null: there is none. */
  /** `isDenied`: not for this account to ask, and nobody knows how it is; `problem` says as whom to ask. */
  | { up: false; problem: string; pid: number | null; isDenied?: true }

export type WorkerFacts = { name: string } & Pick<WorkerView, 'state' | 'reason'> &
  Partial<Pick<WorkerView, 'waitsFor' | 'startedAt' | 'heartbeatAgeMs' | 'unit'>> & { schedule?: object }

/** What was healed, or with `dryRun` what would be. */
export interface Healing {
  rescuedTasks: number
  markedOffline: string[]
  restarts: Restart[]
}

/** A worker, or the daemon itself (`name` null), that should run and does not. */
export interface Restart {
  name: string | null
  /** `daemon`: it was asked to. `unit`: systemd was. `nobody`: it is for an operator to do. */
  by: 'daemon' | 'unit' | 'nobody'
  /** `would`: not done, for it is a dry run. */
  outcome: 'done' | 'would' | 'failed' | 'left'
  /** In plain words, with the command to run where it is left to the operator. */
  text: string
}

export function nothingKnown(dryRun: boolean): HealthFacts {
  return {
    daemon: null,
    database: null,
    queue: null,
    jrs: [],
    workers: [],
    heldNodes: [],
    degraded: [],
    breaker: null,
    cluster: null,
    capacity: null,
    positions: null,
    health: null,
    disk: null,
    healed: { rescuedTasks: 0, markedOffline: [], restarts: [] },
    dryRun,
    durationMs: 0,
  }
}
