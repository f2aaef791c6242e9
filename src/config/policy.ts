import type { Acceptance } from '../domain/acceptance.ts'
import type { AlertTopic } from '../domain/alerts/alert.ts'
import type { ActionKind } from '../domain/cycle/decision.ts'
import type { Backoff } from '../domain/backoff.ts'
import type { ResourceLimits } from '../domain/resource-limits.ts'
import type { OverlapPolicy } from '../domain/runs/admission.ts'
import type { MissedPolicy } from '../domain/runs/passed-times.ts'

/**
 * What jrctl is told to do: the configuration, parsed and complete. Durations are milliseconds, sizes bytes, paths absolute.
 * Keys appear here only once something obeys them.
 */
export interface Policy {
  /** Absolute; 0700. Holds the SQLite file, sockets' fallback, embedded database, exit files. */
  stateDir: string
  queue: QueuePolicy
  retention: RetentionPolicy
  capacity: CapacityPolicy
  gateway: GatewayPolicy
  supervisor: SupervisorPolicy
  shutdown: ShutdownPolicy
  memory: MemoryPolicy
  nightly: NightlyPolicy
  orchestrator: OrchestratorPolicy
  logs: LogsPolicy
  api: ApiPolicy
  bus: BusPolicy
  /** When channels take deliveries; the specification's when the file says nothing of windows. */
  windows: WindowPolicy[]
  /** Who is told when something goes wrong. */
  alerts: AlertChannelPolicy[]
  workers: WorkerDefinition[]
}

export interface QueuePolicy {
  /** Null: see `resolveConnection` for what is tried next. Never printed unmasked. */
  url: Secret | null
  /** The same database without a pooler between, for LISTEN and migrations; null: the way of all else. */
  listenUrl: Secret | null
  /** Absolute; a file that holds the password alone. Read when connecting, so that a changed password needs no restart. */
  passwordFile: string | null
  /** Start and own a PostgreSQL when no connection is configured. */
  embedded: boolean
  pollIntervalMs: number
  leaseMs: number
  renewIntervalMs: number
  /** What a failed task waits before its next attempt. */
  retry: Backoff
  /** A legacy task without a lease and without news for so long is stuck. */
  stuckAfterMs: number
  /** A Jr not seen for so long is offline. */
  offlineAfterMs: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  lockTimeoutMs: number
  poolSize: number
  /** The most tasks that a worker claims in one statement. */
  claimBatch: number
  /** Completions of one process that one statement writes at most. */
  settleBatch: number
}

/** How long what is over is kept in the queue's database; null: for ever. */
export interface RetentionPolicy {
  /** Completed and cancelled tasks. */
  finishedTasksMs: number | null
  /** Failed tasks. */
  deadLettersMs: number | null
  eventsMs: number | null
  /** Entries of a node's ledger. */
  ledgerMs: number | null
  ledgerEntries: number
}

export interface CapacityPolicy {
  mode: 'lend' | 'strict'
  unit: 'request' | 'token'
  /** Units a minute of position 1; the whole is twice that. */
  baseRate: number
  /** Burst, in minutes of one's own rate. */
  burstMinutes: number
  /** Positions beyond this share the tail equally; 0: halve for ever. */
  depth: number
  /** Requests of this node that may be out at the same time. */
  inFlight: number
}

export interface GatewayPolicy {
  enabled: boolean
  /** Loopback only. Port 0: chosen at the first start, and kept in the local state. */
  listen: { host: string; port: number }
  /** What becomes of requests without a key. */
  untracked: 'refuse' | 'allow'
  /** How long a request may wait for capacity before it is answered with 429. */
  maxWaitMs: number
  /** Requests that may wait, in all. */
  maxWaiting: number
  /** What becomes of a request's upstream when its client has gone away. */
  abandoned: 'cancel' | 'drain'
  maxBodyBytes: number
  /** A request's head and body must have come within so long. */
  requestTimeoutMs: number
  /** Tried in this order: the first whose dialect and models fit a request gets it. */
  upstreams: UpstreamPolicy[]
}

export interface UpstreamPolicy {
  name: string
  kind: 'http' | 'simulated'
  /** Which API it speaks. */
  dialects: ('openai' | 'anthropic')[]
  /** Its address, to which `/v1/…` is appended; '' for a simulated one. */
  url: string
  /** Where its key is read from, at each start and reload; null: it needs none. */
  key: { env: string } | { file: string } | null
  /** The header that shows the key; standard: as its dialect does. */
  keyHeader: 'standard' | 'authorization' | 'x-api-key' | 'api-key'
  /** Whether streams are asked for their usage; leave: it would refuse them. */
  streamUsage: 'ask' | 'leave'
  /** Names with `*`; a request's model must match one. */
  models: string[]
  /** Requests that may be on at the same time. */
  maxInFlight: number
  connectTimeoutMs: number
  /** Until its answer begins. */
  headTimeoutMs: number
  /** Silence in the middle of an answer. */
  idleTimeoutMs: number
}

export interface SupervisorPolicy {
  /** Who runs the workers: we, or systemd's units. */
  workers: 'spawn' | 'units'
  backoffInitialMs: number
  backoffMaxMs: number
  /** Part of the delay that is random, 0–1. */
  backoffJitter: number
  /** Running for so long resets the backoff, and proves a breaker's probe. */
  healthyAfterMs: number
  /** Failures of one worker within `breakerWindowMs` that open its breaker; 0: none do. */
  breakerFailures: number
  breakerWindowMs: number
  /** Until the first probe of an open breaker, the fleet's too; doubled after each that fails. */
  breakerProbeAfterMs: number
  /** Restarts of all workers within `fleetWindowMs` that open the fleet's breaker; 0: none do. */
  fleetRestarts: number
  fleetWindowMs: number
  /** So recent a time must hold its even share of them. */
  fleetRecentWindowMs: number
  /** A start has failed when the worker is not running after so long. */
  startDeadlineMs: number
  /** Silence after a first heartbeat that makes a worker unhealthy. */
  heartbeatTimeoutMs: number
  /** Runs of all scheduled workers that may be on at the same time. */
  runConcurrency: number
  /** Runs that may wait. */
  runQueue: number
}

export interface ShutdownPolicy {
  /** What becomes of the workers when the daemon stops. */
  workers: 'stop' | 'leave'
  /** How long running work may go on before it is terminated. */
  finishGraceMs: number
}

/** Percent, of V8's limit for the daemon's heap, of the budget for the workers. */
export interface MemoryPolicy {
  intervalMs: number
  /** What all workers of this node may hold together; null: nobody says. */
  budgetBytes: number | null
  warnPercent: number
  criticalPercent: number
  recoverPercent: number
  /** Write the heap down when it is critical. */
  heapSnapshot: boolean
}

export interface NightlyPolicy {
  /** `HH:MM`; null: never. */
  at: string | null
  /** An IANA name. */
  timezone: string
  adaptivePriorities: 'propose' | 'apply'
}

/** The autonomous cycle (spec §7). */
export interface OrchestratorPolicy {
  /** At the first start of a cluster; later what an operator said last, which the queue's database keeps. */
  enabled: boolean
  intervalMs: number
  /** `observe`: decide and record, and leave everything as it is. */
  mode: 'act' | 'observe'
  /** Whether an emergency may dead-letter tasks that have waited for over two hours. */
  emergencyDeadLetter: boolean
  actionsMax: number
  /** Tasks that one action touches. */
  tasksMax: number
  /** What is said of the built-in rules, by name; and rules of the operator's own, in their order. */
  rules: RulePolicy[]
}

/** One `[[rules]]`: of a built-in rule's name it changes what it says of it, else it is a rule of the operator's own. */
export interface RulePolicy {
  name: string
  enabled: boolean
  /** How long it rests after acting; null: as built in. */
  cooldownMs: number | null
  priority: number | null
  /** Of one of the operator's own; null for a built-in one. */
  own: { when: string; do: ActionKind; reason: string } | null
}

/** One `[[windows]]`: when a channel takes deliveries. */
export interface WindowPolicy {
  channel: string
  /** `HH:MM`, 00:00–24:00. An end before its beginning is on the next day. */
  from: string
  to: string
  /** On which it opens. */
  days: Weekday[]
  /** An IANA name; null: the host's. */
  timezone: string | null
  strict: boolean
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

export interface LogsPolicy {
  /** Absolute. */
  dir: string
  level: 'debug' | 'info' | 'warn' | 'error'
  /** A log that holds so much is cut off. */
  rotateSizeBytes: number
  /** One whose oldest line is that old, too; null: whatever its age. */
  rotateAgeMs: number | null
  /** Parts that are kept of each log. */
  keep: number
  compress: boolean
}

export interface ApiPolicy {
  /** Absolute path of the unix socket, at most 107 bytes. */
  socket: string
  /** That of the socket for workers of any account. */
  workerSocket: string
  /** Over TCP; null: not at all. `isWritten`: somebody asked for this very address. */
  listen: { host: string; port: number; isWritten: boolean } | null
  /** Absolute; a file that holds the API token alone. Null: see `obtainApiToken`. */
  tokenFile: string | null
  /** Names of this machine beside its own, in lower case; with any, reading needs the token too. */
  allowedHosts: string[]
  /** Of pages that may use the API, in lower case. */
  allowedOrigins: string[]
}

/** Messages between workers, within one daemon. */
export interface BusPolicy {
  /** For an asker that says nothing. */
  timeoutMs: number
  /** Of a message, request or answer, as JSON. */
  maxMessageBytes: number
  /** By each way in, those who respond included. */
  maxSubscribers: number
  /** What may wait for one subscriber. */
  maxQueued: number
  maxQueuedBytes: number
  /** Requests that wait for their answers. */
  maxRequests: number
  /** Answers that are kept for equal requests. */
  cacheBytes: number
}

/** One `[[alerts]]`: somebody who is told when something goes wrong, and when it is over. */
export interface AlertChannelPolicy {
  name: string
  way: AlertWay
  topics: AlertTopic[]
  /** Of one trouble it is told at most so often. */
  minIntervalMs: number
  /** Of one try. */
  timeoutMs: number
}

export type AlertWay =
  /** `headers`: their values are in the variables of these names. */
  | {
      kind: 'webhook'
      url: { text: Secret } | { env: string } | { file: string }
      headers: Record<string, string>
    }
  | { kind: 'command'; command: [string, ...string[]]; envPass: string[] }
  | { kind: 'log' }

export interface WorkerDefinition {
  /** The Jr. */
  name: string
  /** argv. The word `jrctl` in first place means this very executable. */
  command: [string, ...string[]]
  /** Absolute. */
  cwd: string
  env: Record<string, string>
  /** Names of variables that are handed on from the daemon's environment. */
  envPass: string[]
  envInherit: 'clean' | 'all'
  instances: number
  /** The account it runs as; absent: the daemon's own. */
  user?: string
  /** Absent: none. */
  limits?: ResourceLimits
  department: string | null
  /** 1 critical, 2 important, 3 normal. */
  priority: 1 | 2 | 3
  /** Names of the workers that must be ready before it starts. */
  dependsOn: string[]
  /** From 1; null: as its dependencies say. */
  layer: number | null
  ready: ReadyCheck
  readyTimeoutMs: number
  /** Which unassigned tasks it takes; null: every one. */
  accepts: Acceptance | null
  restart: 'always' | 'on-failure' | 'never'
  stopSignal: NodeJS.Signals
  stopGraceMs: number
  heartbeat: 'auto' | 'required' | 'none'
  /** When it is run; absent: it is kept running. */
  schedule?: SchedulePolicy
}

/** A worker each start of which is a run. */
export interface SchedulePolicy {
  /** Five or six fields, or `@hourly`, …; checked. */
  cron: string
  /** An IANA name; null: the host's. */
  timezone: string | null
  /** Longer runs are ended; null: they may take as long as they like. */
  timeoutMs: number | null
  /** Runs that may be on at the same time. */
  maxConcurrent: number
  /** Of a time that comes while so many are on. */
  overlap: OverlapPolicy
  /** Of times that passed while nobody was there. */
  missed: MissedPolicy
  /** Tries after the first. */
  retries: number
}

/** How a worker shows that others may count on it. */
export type ReadyCheck =
  /** It has been alive for so long. */
  | { kind: 'delay'; delayMs: number }
  /** Its first heartbeat. */
  | { kind: 'heartbeat' }
  /** Somebody accepts connections. */
  | { kind: 'port'; host: string; port: number; everyMs: number }
  /** It ends with 0; run in the worker's folder with its environment. */
  | { kind: 'command'; command: [string, ...string[]]; everyMs: number }
  /** A line of its log matches this regular expression (flag u). */
  | { kind: 'log'; pattern: string }

/** A connection by its parts. */
export interface ConnectionParts {
  /** A name, an address, or the folder of a unix socket. */
  host: string
  port?: number
  database: string
  user: string
  password?: Secret
  /** As libpq means it: `require`, `verify-full`, … */
  sslMode?: string
  /** A file, or `system`. */
  sslRootCert?: string
}

/** A string that prints as `***` wherever it is shown by accident (template, JSON, inspect). */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '***'
  }
  toJSON(): string {
    return '***'
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Secret(***)'
  }
}
