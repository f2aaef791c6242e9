import type { WorkerDefinition } from '../config/policy.ts'
import type { DaemonIdentity } from '../contract/outputs.ts'
import type { MetricsView } from '../contract/metrics.ts'
import type { PositionView, StatusView } from '../contract/views.ts'
import type { AttemptServices } from './attempts/services.ts'
import type { DeadLetterDesk } from './dead-letters.ts'
import type { OrchestratorDesk } from './orchestrator.ts'
import type { FleetBreakerView } from '../domain/breaker-view.ts'
import type { WindowView } from '../domain/cycle/windows.ts'
import type { JrName, TaskId } from '../domain/ids.ts'
import type { WorkerView } from '../domain/worker.ts'
import type { Bus } from '../ports/bus.ts'
import type { Campaigns } from '../ports/campaigns.ts'
import type { Capacity } from '../ports/capacity.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { LogReader } from '../ports/log-files.ts'
import type { Notice } from '../ports/notifier.ts'
import type { QueueInsight } from '../ports/queue-insight.ts'
import type { OperatorQueue, OperatorVerdict } from '../ports/task-queue.ts'
import type { TaskRows } from '../ports/task-rows.ts'
import type { WorkerCommand, WorkerVerdict } from '../supervisor/supervisor.ts'

/** What the API's routes need from the daemon that serves them. */
export interface DaemonServices {
  status(): Promise<StatusView>
  queue: OperatorQueue
  insight: QueueInsight
  attempts: AttemptServices
  capacity: Capacity
  deadLetters: DeadLetterDesk
  orchestrator: OrchestratorDesk
  campaigns: Campaigns
  /** One a channel, as they stand now, by this node's configuration. */
  windows(): WindowView[]
  ledger: Ledger
  /** The log of a worker's instance, or the daemon's own (null), whether or not it is there. */
  logOf(jr: JrName | null, instance: number): LogSource
  bus: Bus
  taskRows: TaskRows
  workers(): WorkerView[]
  /** From memory and the local state alone: it answers whatever is away. */
  metrics(): MetricsView
  /** The workers of the configuration, those with no instances too. */
  configured(): JrName[]
  /** As it is configured; undefined: it is not. */
  definitionOf(name: JrName): WorkerDefinition | undefined
  breaker(): FleetBreakerView
  commandWorker(name: JrName, command: WorkerCommand, by: string): Promise<WorkerVerdict>
  /** Changes the order and answers with the new position once this daemon has applied it. */
  urgent(id: TaskId, by: string, undo: boolean): Promise<UrgentVerdict>
  /** Re-reads the configuration. */
  reload(by: string): Promise<ReloadVerdict>
  /** Asks the daemon to shut down; answers before it has, with what becomes of the workers. */
  shutdown(by: string, wish: ShutdownWish): 'stop' | 'leave'
  identity(): DaemonIdentity
  /** Something that a screen shows may have changed. */
  subscribe(listener: (change: ServiceChange) => void): () => void
}

export interface LogSource {
  path: string
  reader: LogReader
}

export interface ShutdownWish {
  /** By default what the configuration says. */
  workers?: 'stop' | 'leave'
  /** The pid of the daemon that takes over. */
  successor?: number
}

export type UrgentVerdict = { verdict: OperatorVerdict; position: PositionView | null }

export type ReloadVerdict = { kind: 'reloaded'; changed: string[] } | { kind: 'refused'; problems: string[] }

export type ServiceChange = Notice | { kind: 'workers' } | { kind: 'positions' }
