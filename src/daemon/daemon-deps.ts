import type { ApiServer } from '../api/server.ts'
import type { DaemonServices } from '../api/services.ts'
import type { AlertChannelPolicy, Policy } from '../config/policy.ts'
import type { NodeId } from '../domain/ids.ts'
import type { HeldDoor } from '../gateway/intake/held-door.ts'
import type { AlertSender } from '../ports/alerts.ts'
import type { ClaimHolds } from '../ports/claim-holds.ts'
import type { AttemptKeys } from '../ports/attempt-keys.ts'
import type { Campaigns } from '../ports/campaigns.ts'
import type { ChannelClosures } from '../ports/channel-closures.ts'
import type { Clock } from '../ports/clock.ts'
import type { ClusterDuties } from '../ports/cluster-duties.ts'
import type { CycleStore } from '../ports/cycle-store.ts'
import type { Leadership } from '../ports/leadership.ts'
import type { QueueStatistics, StateUpkeep } from '../ports/database-upkeep.ts'
import type { DeadLetterBook, DeadLetters } from '../ports/dead-letters.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { LogReader, LogRotator } from '../ports/log-files.ts'
import type { Logger } from '../ports/logger.ts'
import type { LoopDelay } from '../ports/loop-delay.ts'
import type { Nodes } from '../ports/nodes.ts'
import type { Notifier } from '../ports/notifier.ts'
import type { OwnMemory } from '../ports/own-memory.ts'
import type { ProcessHost } from '../ports/process-host.ts'
import type { QueueIdentity } from '../ports/queue-identity.ts'
import type { QueueInsight } from '../ports/queue-insight.ts'
import type { QueueTriggers } from '../ports/queue-triggers.ts'
import type { Random } from '../ports/random.ts'
import type { ReadinessProbe } from '../ports/readiness-probe.ts'
import type { ServiceManager } from '../ports/service-manager.ts'
import type { StateHealth } from '../ports/state-health.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import type { TaskRows } from '../ports/task-rows.ts'
import type { UnitsFound } from '../domain/units/unit-agreement.ts'
import type { UnitNote, WorkerUnits } from '../ports/worker-units.ts'
import type { UpstreamSource } from './gateway/gateway-part.ts'
import type { OwnLog } from './log-rotation.ts'
import type { Ending } from './shutdown/shutdown-wait.ts'

export interface Closing extends Ending {
  deadlineMs: number
}

/** Everything the daemon is made of, already open; it starts and ends them. */
export interface DaemonDeps {
  policy: Policy
  configPath: string | null
  version: string
  nodeId: NodeId
  queue: TaskQueue
  identity: QueueIdentity
  insight: QueueInsight
  attemptKeys: AttemptKeys
  deadLetters: { letters: DeadLetters; book: DeadLetterBook }
  notifier: Notifier
  /** The other machines of the fleet, and what one of them does for all. */
  cluster: { nodes: Nodes; leadership: Leadership; duties: ClusterDuties; hostname: string }
  /** What the autonomous cycle asks of the queue's database, and does there. */
  cycleStore: CycleStore
  /** Shown, never a secret. */
  database: {
    target: string
    embedded: boolean
    environment: Record<string, string>
    /** Adopts or starts the database again; null when it is not ours to start. */
    revive: (() => Promise<void>) | null
  }
  host: ProcessHost
  /** Of workers that systemd runs; needed where the policy says so. */
  units?: {
    manager: WorkerUnits
    tell(note: UnitNote): Promise<void>
    found: () => Promise<UnitsFound | null>
  }
  probe: ReadinessProbe
  /** The LLM APIs that the gateway asks. */
  upstreams: UpstreamSource
  /** The gateway's port, kept open since the daemon before; null: it was not. */
  heldDoor: HeldDoor | null
  /** How the alerts of a channel leave. */
  alertSenderOf(channel: AlertChannelPolicy): AlertSender
  store: StateStore
  /** Of store and ledger: when they take no more, this node claims no more. */
  health: StateHealth
  claimHolds: ClaimHolds
  campaigns: Campaigns
  /** The channels that strict windows close. */
  closures: ChannelClosures
  taskRows: TaskRows
  triggers: QueueTriggers
  ledger: Ledger
  clock: Clock
  random: Random
  logger: Logger
  logFiles: {
    rotator: LogRotator
    own: OwnLog
    others: readonly string[]
    readerOf(path: string): LogReader
  }
  /** The jrctl executable that workers named `jrctl …` run, and its folder. */
  self: { path: string; binDir: string }
  environment: NodeJS.ProcessEnv
  ownMemory: OwnMemory
  /** What databases want at night. */
  databaseUpkeep: { state: StateUpkeep; statistics: QueueStatistics }
  processFacts: { pid: number; rssBytes(): number }
  /** How late this process runs what is due. */
  loopDelay: LoopDelay
  /** systemd, when it started us. */
  serviceManager: ServiceManager
  createApi(services: DaemonServices): ApiServer
  /** Reads the configuration again; throws ConfigError. */
  readPolicy(): Promise<Policy>
  /**
   * What was opened for us, to be closed in this order: connections, the embedded database (unless the workers are left), the
   * local state.
   */
  closings(isLeft: boolean): readonly Closing[]
}
