import { type CapacityView, type ClusterView, type StatusView, apiVersion } from '../contract/views.ts'
import type { ApiServer } from '../api/server.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateHealth } from '../ports/state-health.ts'
import type { OperatorQueue, QueueCounts } from '../ports/task-queue.ts'
import type { Fleet } from '../supervisor/fleet.ts'
import type { AlertDesk } from './alerts/alert-desk.ts'
import { degradation } from './queue/claim-hold.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Cycle } from './cycle/cycle.ts'
import type { DatabaseWatch } from './queue/database-watch.ts'
import type { GatewayPart } from './gateway/gateway-part.ts'
import { freshPositions } from './fresh-positions.ts'
import type { LogRotation } from './log-rotation.ts'
import type { MemoryWatch } from './memory/memory-watch.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { PositionBoard } from './position-board.ts'
import type { StallWatch } from './health/stall-watch.ts'
import type { TriggerWatch } from './queue/trigger-watch.ts'

/** What the daemon knows of itself, at the moment it is asked. */
type Facts = Pick<StatusView, 'version'> &
  Omit<StatusView['daemon'], 'startedAt' | 'uptimeMs'> &
  Pick<StatusView['database'], 'target' | 'embedded' | 'listening'>

export interface StatusDeps {
  queue: Pick<OperatorQueue, 'counts'>
  database: DatabaseWatch
  board: Pick<PositionBoard, 'views' | 'runNow'>
  capacity(): CapacityView
  gateway: Pick<GatewayPart, 'view' | 'complaints'>
  alerts: Pick<AlertDesk, 'complaints'>
  supervisor: Pick<Fleet, 'views' | 'breaker' | 'complaints'>
  metrics: Pick<Metrics, 'activity'>
  cluster: Pick<Cluster, 'view' | 'complaint'>
  orchestrator: Pick<Cycle, 'line' | 'complaints'>
  api: Pick<ApiServer, 'view' | 'complaints'>
  health: StateHealth
  triggers: Pick<TriggerWatch, 'complaint'>
  stalls: Pick<StallWatch, 'complaint'>
  memory: Pick<MemoryWatch, 'complaint'>
  logs: Pick<LogRotation, 'complaint'>
  clock: Clock
  facts(): Facts
}

/** What goes on, but not as it should, in plain words. */
export function complaintsOf(
  deps: Pick<StatusDeps, 'health' | 'triggers' | 'stalls' | 'memory' | 'logs'> & {
    gateway: Pick<GatewayPart, 'complaints'>
    cluster: Pick<Cluster, 'complaint'>
  },
): string[] {
  return [
    degradation(deps.health.condition),
    deps.cluster.complaint(),
    deps.triggers.complaint,
    deps.stalls.complaint(),
    deps.memory.complaint(),
    deps.logs.complaint(),
    ...deps.gateway.complaints(),
  ].filter((one) => one !== null)
}

/** The fleet changes slowly, and its view counts what waits; screens ask several times a second. */
const clusterEveryMs = 2_000

/** `GET /v1/status`. While the database is away it answers at once, with the counts that were last seen. */
export function createStatus(deps: StatusDeps): () => Promise<StatusView> {
  const { queue, database, board, supervisor, clock } = deps
  const startedAt = clock.wallMs()
  const startedMs = clock.monotonicMs()
  let lastCounts: QueueCounts | undefined
  let countedMs = startedMs
  let lastCluster: ClusterView | undefined
  let clusterDueMs = startedMs
  const refreshPositions = freshPositions(board, clock)

  async function counts(): Promise<QueueCounts> {
    if (!database.up && lastCounts !== undefined) return lastCounts
    const beganMs = clock.monotonicMs()
    try {
      lastCounts = await queue.counts()
      countedMs = clock.monotonicMs()
      database.settled(null, beganMs)
    } catch (error) {
      database.settled(error, beganMs)
      if (lastCounts === undefined) throw error
    }
    return lastCounts
  }

  async function cluster(): Promise<ClusterView | undefined> {
    if (!database.up || clock.monotonicMs() < clusterDueMs) return lastCluster
    try {
      lastCluster = await deps.cluster.view()
      clusterDueMs = clock.monotonicMs() + clusterEveryMs
    } catch (error) {
      database.settled(error, clock.monotonicMs())
    }
    return lastCluster
  }

  return async () => {
    const { version, target, embedded, listening, ...daemon } = deps.facts()
    const gateway = deps.gateway.view()
    const [queueCounts, clusterView] = await Promise.all([counts(), cluster()])
    if (database.up) await refreshPositions(queueCounts.byStatus.in_progress)
    return {
      apiVersion,
      version,
      daemon: { ...daemon, startedAt, uptimeMs: clock.monotonicMs() - startedMs },
      queue: queueCounts,
      queueAgeMs: clock.monotonicMs() - countedMs,
      database: {
        state: database.up ? 'up' : 'down',
        target,
        embedded,
        listening,
        lastError: database.lastError,
      },
      positions: board.views(),
      capacity: deps.capacity(),
      activity: deps.metrics.activity(),
      api: deps.api.view(),
      workers: supervisor.views(),
      breaker: supervisor.breaker(),
      orchestrator: deps.orchestrator.line(),
      degraded: [
        ...complaintsOf(deps),
        ...supervisor.complaints(),
        ...deps.orchestrator.complaints(),
        ...deps.alerts.complaints(),
        ...deps.api.complaints(),
      ],
      ...(gateway === null ? {} : { gateway }),
      ...(clusterView === undefined ? {} : { cluster: clusterView }),
    }
  }
}
