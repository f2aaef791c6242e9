import type { DeadLetter, DeathVerdict } from '../domain/dead-letter.ts'
import type { FleetBreakerView } from '../domain/breaker-view.ts'
import type { JrName } from '../domain/ids.ts'
import type { TaskRowState } from '../domain/ledger-check.ts'
import type { LedgerEntry } from '../domain/ledger-event.ts'
import type { TaskDocument } from '../domain/task-document.ts'
import type { Attempt, ListedTask, Task } from '../domain/task.ts'
import type { Blocker } from '../domain/why/blocker.ts'
import type { Why } from '../domain/why/reason.ts'
import type { TaskStanding } from '../domain/why/standing.ts'
import type { WorkerView } from '../domain/worker.ts'
import type { BusAnswerView, BusDeliveredView, BusEvents, BusPublishedView } from './bus.ts'
import type { CampaignChangeView, CampaignListView } from './campaigns.ts'
import type { LogEvents } from './logs.ts'
import type { MetricsView } from './metrics.ts'
import type {
  OrchestratorDecisionsView,
  OrchestratorPassView,
  OrchestratorSnapshotView,
  OrchestratorStatusView,
  OrchestratorSwitchView,
} from './orchestrator.ts'
import type { RouteName } from './routes.ts'
import type { PositionView, StatusView } from './views.ts'
import type { WorkerDetailView } from './workers.ts'

/** What each route answers on success; every shape carries `apiVersion`. */
export interface Outputs extends Record<
  RouteName,
  { apiVersion: number } | ServerEvents | LogEvents | BusEvents
> {
  health: HealthView
  ready: ReadyView
  status: StatusView
  listTasks: TaskListView
  getTask: TaskDetailView
  whyTask: WhyView
  addTasks: { apiVersion: number; ids: number[] }
  setTask: TaskChangeView
  cancelTask: TaskChangeView
  retryTask: TaskChangeView
  urgentTask: UrgentView
  listCampaigns: CampaignListView
  addCampaign: CampaignChangeView
  setCampaign: CampaignChangeView
  listDeadLetters: DeadLetterListView
  lookDeadLetters: { apiVersion: number; letters: DeadLetter[] }
  replayDeadLetters: DeathVerdictsView
  purgeDeadLetters: DeathVerdictsView
  getDeadLetter: DeadLetterView
  claimAttempts: ClaimsView
  renewAttempt: LeaseView & { apiVersion: number }
  progressAttempt: AcceptedView
  completeAttempt: LastWordView
  failAttempt: FailedView
  releaseAttempt: LastWordView
  acquireCapacity: AcquiredView
  settleCapacity: SettledView
  orchestratorSnapshot: OrchestratorSnapshotView
  runOrchestrator: OrchestratorPassView
  enableOrchestrator: OrchestratorSwitchView
  disableOrchestrator: OrchestratorSwitchView
  orchestratorStatus: OrchestratorStatusView
  orchestratorDecisions: OrchestratorDecisionsView
  metrics: MetricsView
  listWorkers: WorkersView
  getWorker: WorkerDetailView
  commandWorker: WorkersView
  readLedger: LedgerView
  verifyLedger: LedgerVerdictView
  listTaskRows: TaskRowsView
  events: ServerEvents
  followLog: LogEvents
  publishBus: BusPublishedView
  requestBus: BusAnswerView
  replyBus: BusDeliveredView
  subscribeBus: BusEvents
  reload: { apiVersion: number; changed: string[] }
  shutdown: { apiVersion: number; stopping: true; workers?: 'stop' | 'leave' }
}

export interface HealthView {
  apiVersion: number
  ok: true
  /** Missing from an older daemon. */
  daemon?: DaemonIdentity
}

/** Anything else is refused with 503, and why. */
export interface ReadyView {
  apiVersion: number
  ready: true
}

/** Who answers. */
export interface DaemonIdentity {
  version: string
  pid: number
  /** Who starts it again when it ends, such as `systemd unit jr-orchestrator.service`; null: nobody. */
  manager: string | null
}

export interface TaskListView {
  apiVersion: number
  /** Without results, and with long texts cut (`isCut`): the whole of one is what getTask answers. */
  tasks: ListedTask[]
  /** Pass as `before` to read on; null at the end. */
  nextBefore: number | null
}

export interface TaskDetailView {
  apiVersion: number
  task: Task
  attempts: Attempt[]
  /** Who brought a finished task to its end, as this node's ledger has it; null: it does not tell. */
  finishedBy?: string | null
  /** What its campaign is called; null: it has none, or one that is not there. */
  campaignName?: string | null
}

export interface WhyView extends Why {
  apiVersion: number
  /** What the reasons were made of; null when the row could not be read. */
  facts: Omit<TaskStanding, 'task'> | null
}

export interface TaskChangeView {
  apiVersion: number
  /** False: it already was as asked. */
  changed: boolean
  task: Task
}

export interface DeadLetterListView {
  apiVersion: number
  letters: DeadLetter[]
  /** Pass as `before` to read on; null at the end. */
  nextBefore: number | null
  /** Why this is the node's own copy and not what the queue says; null when it is what the queue says. */
  copyBecause: string | null
}

export interface DeadLetterView {
  apiVersion: number
  letter: DeadLetter
  /** With all that its row holds; null for what is no task, or gone, or while the queue is away. */
  task: Task | null
  attempts: Attempt[]
}

export interface DeathVerdictsView {
  apiVersion: number
  /** One for each that was asked for, in that order. */
  verdicts: DeathVerdict[]
}

export interface UrgentView extends TaskChangeView {
  /** A strict window of its channel keeps every worker from it until then; null: none does. */
  closedUntil?: number | null
  /** What keeps it from being claimed while it waits, as `why` has it; null: nothing that is known. Missing from an older daemon. */
  blocker?: Blocker | null
  /** Null while the task waits. */
  position: PositionView | null
}

/** Empty when there was nothing to claim. */
export interface ClaimsView {
  apiVersion: number
  attempts: ClaimedView[]
}

export interface LeaseView {
  /** The lease holds for so long from the question on; renew it three or four times in it. */
  leaseMs: number
  /** Epoch milliseconds of the daemon's machine. */
  leaseExpiresAt: number
}

export interface ClaimedView extends LeaseView {
  /** The secret by which this attempt shows itself; told here and never again. */
  key: string
  jr: JrName
  /** From 1. */
  attempt: number
  task: TaskDocument
}

export interface AcceptedView {
  apiVersion: number
  accepted: true
}

export interface LastWordView extends AcceptedView {
  /** The attempt had ended so before: what was said first stands, and what was said now is neither compared nor kept. */
  repeated: boolean
}

export interface FailedView extends LastWordView {
  /** `retry`: there will be another attempt, at `retryAt`; `failed`: that was the last. */
  status: 'retry' | 'failed'
  attempt: number
  /** Null also when this was told before. */
  retryAt: number | null
}

export type AcquiredView = { apiVersion: number } & (
  | {
      granted: true
      /** To settle it by. */
      grant: string
      taskId: number
      /** Units that it was charged with, until it is settled. */
      amount: number
      position: number | null
      /** Percent of the whole. */
      capacityPct: number
      waitedMs: number
      /** Not settled within so long, it counts as having cost `amount`. */
      settleWithinMs: number
    }
  | {
      granted: false
      taskId: number
      /** too_late: not within `wait_ms`. too_many: as many wait as may. */
      reason: 'too_late' | 'too_many'
      /** In plain words. */
      message: string
      position: number | null
      /** Ask again after so long; an estimate. */
      retryAfterMs: number
    }
)

export interface SettledView {
  apiVersion: number
  settled: true
  /** It was settled before: what was said first stands. */
  repeated: boolean
}

export interface WorkersView {
  apiVersion: number
  workers: WorkerView[]
  /** Missing from an older daemon, and where a command answers with one worker. */
  breaker?: FleetBreakerView
}

export interface LedgerView {
  apiVersion: number
  entries: LedgerEntry[]
}

export type LedgerVerdictView = { apiVersion: number; entries: number } & (
  { ok: true; head: string } | { ok: false; brokenAt: number; reason: string }
)

/** Rows of the queue as the ledger would tell them, by id: to check one against the other. */
export interface TaskRowsView {
  apiVersion: number
  rows: TaskRowState[]
}

/** Every refusal and failure. `code` is stable; `hint` says what to do next. */
export interface ErrorEnvelope {
  apiVersion: number
  error: { code: string; message: string; hint: string | null }
}

/** The stream of `GET /v1/events`, by the name of its event: first a snapshot, then what changes. */
export interface ServerEvents {
  snapshot: StatusView
  /** What changed; who shows it asks again. */
  change:
    | { kind: 'work'; jrName: JrName | null }
    | { kind: 'changed' | 'workers' | 'positions' | 'leader' | 'connected' }
    | { kind: 'ended'; taskId: number }
  ledger: LedgerEntry[]
  /** The reader was too slow and so many events were dropped: ask for a snapshot. */
  missed: { count: number }
  /**
   * It comes back (Last-Event-ID) to a daemon that has restarted, or too late: a snapshot follows, then what the ledger has noted
   * since, but for so many entries.
   */
  gap: { reason: 'restarted' | 'too_old'; missedEntries: number }
}

export type ServerEvent = {
  [Name in keyof ServerEvents]: { event: Name; data: ServerEvents[Name] }
}[keyof ServerEvents]
