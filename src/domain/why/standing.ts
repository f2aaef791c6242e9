import type { Acceptance } from '../acceptance.ts'
import type { InstanceId, JrName, NodeId } from '../ids.ts'
import type { AttemptOutcome, Task } from '../task.ts'
import type { WorkerView } from '../worker.ts'

/**
 * What is known of a task's place in the world, gathered in one look. Ages and remaining times are milliseconds by the
 * database's clock.
 */
export interface TaskStanding {
  task: Task
  /** As the row has it: another program may write statuses that jrctl does not know. */
  rawStatus: string
  /** Since its status changed; null: before jrctl's trigger was there. */
  statusAgeMs: number | null
  createdAgeMs: number | null
  startedAgeMs: number | null
  /** Since the progress last changed; null: never. */
  progressAgeMs: number | null
  /** Until its scheduled time; negative: it has passed; null: there is none. */
  dueInMs: number | null
  /** Of a task whose channel a strict window closes: until it opens; null: none does. */
  closedForMs: number | null
  /** Of a task at work without a lease: until it counts as stuck; negative: it does. */
  stuckInMs: number | null
  open: OpenAttempt | null
  /** The latest attempt that has ended. */
  last: EndedAttempt | null
  /** Of a task at work: its position among `of` tasks. */
  place: { position: number; of: number } | null
  /** Of a ready task: how many stand before it in its line; `isMore`: at least so many. */
  ahead: { count: number; isMore: boolean } | null
  /** The named Jr as `jr_status` has it; null: nobody is named, or it has never been seen. */
  jr: JrStanding | null
  /** The Jrs that were heard of in time: how many, and some of them, the least loaded first. */
  online: { count: number; some: { name: JrName; load: number }[] }
  /** Who leads the fleet, and so gives out unassigned tasks; null: nobody does at the moment. */
  leader: NodeId | null
  /** What Jrs state of the tasks they accept; of a Jr all must hold, and one without a row accepts every task. */
  accepts: StatedAcceptance[]
  /** Living instances of the named Jr (of any, when nobody is named), bounded. */
  instances: InstanceStanding[]
  /** Nodes that hold back their claims. */
  holding: { nodeId: NodeId; reason: string; leftMs: number }[]
  /** Sessions whose locks keep a claim from the row or the whole table. */
  locks: LockHolder[]
  /** Why the database takes no writes; null: it does. */
  readOnly: 'standby' | 'setting' | null
}

export interface StatedAcceptance {
  jrName: JrName
  accepts: Acceptance
  /** Whether its condition holds for this task; missing: there is none, or nobody tried. */
  holds?: boolean
}

export interface OpenAttempt {
  attempt: number
  jrName: JrName
  instanceId: InstanceId
  nodeId: NodeId
  ageMs: number
  /** Since the lease was last prolonged, or given. */
  renewedAgeMs: number
  /** Negative: it has expired. */
  leaseLeftMs: number
}

export interface EndedAttempt {
  attempt: number
  jrName: JrName
  outcome: AttemptOutcome | null
  error: string | null
  endedAgeMs: number
}

export interface JrStanding {
  name: JrName
  online: boolean
  lastSeenAgeMs: number | null
  load: number
}

export interface InstanceStanding {
  instanceId: InstanceId
  nodeId: NodeId
  lastSeenAgeMs: number
  load: number
}

/** A database session, by what others may see of it; null: not shown to us. */
export interface LockHolder {
  pid: number
  application: string | null
  user: string | null
  /** `row`: this task's row; `table`: the whole queue. */
  on: 'row' | 'table'
  /** How long its transaction has been open. */
  ageMs: number | null
  /** active, idle in transaction, … */
  state: string | null
}

/** What one look at the database came to. */
export type Sighting =
  | { kind: 'seen'; standing: TaskStanding }
  | { kind: 'not_found' }
  /** Somebody holds the whole table: not even the row can be read. */
  | { kind: 'barred'; locks: LockHolder[] }

/** What the daemon of this machine can tell. */
export type DaemonFacts =
  | { up: false; problem: string }
  | {
      up: true
      phase: string
      /** Notifications reach it; else it polls. */
      listening: boolean
      /** Null: it does not know of the task being at work. */
      share: ShareStanding | null
      /** Who brought a finished task to its end, as the ledger has it; null: it does not tell. */
      finishedBy?: string | null
      /** All workers of this machine. */
      workers: Pick<WorkerView, 'name' | 'slot' | 'state' | 'reason'>[]
      /** Those that this machine's configuration has, also with no instances; missing: it does not tell. */
      configured?: JrName[]
    }

/** What a task at work may use of the LLM. Units, and units a minute. */
export interface ShareStanding {
  position: number
  capacityPct: number
  ratePerMinute: number
  /** In the bucket that it draws from. */
  tokens: number
  burst: number
  /** Whose that is; missing: its own. */
  bucket?: 'own' | 'common' | 'elsewhere'
  /** Requests that wait for capacity, and when the first will probably be let out. */
  waiting?: number
  waitMs?: number | null
}

export interface WhyFacts {
  standing: TaskStanding
  daemon: DaemonFacts
  /** Of the task's channel, by the configuration of who answers; null: it has none. */
  window?: WindowStanding | null
}

/** A channel's window; times from now. */
export interface WindowStanding {
  isOpen: boolean
  /** The next opening; null: it never closes. */
  opensInMs: number | null
  /** Null: it is closed, or never closes. */
  closesInMs: number | null
}
