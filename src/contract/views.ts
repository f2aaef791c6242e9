import type { InstanceId, NodeId, TaskId, JrName } from '../domain/ids.ts'
import type { ActivityView } from '../domain/metrics/activity.ts'
import type { GatewayView } from '../domain/gateway-view.ts'
import type { OrchestratorLineView } from './orchestrator.ts'
import type { QueueCountsView } from './queue.ts'
import type { FleetBreakerView } from '../domain/breaker-view.ts'
import type { WorkerView } from '../domain/worker.ts'

/** The shapes the API answers with, versioned together: `apiVersion` grows when one changes incompatibly. */
export const apiVersion = 1

/** Where a task in progress stands (spec §5, "status per position"). */
export interface PositionView {
  position: number
  taskId: TaskId
  title: string
  worker: JrName | null
  /** Which worker instance has it; null: one that is not supervised. Missing from an older daemon. */
  instanceId?: InstanceId | null
  nodeId: NodeId | null
  urgent: boolean
  progressPercent: number
  attempt: number
  startedAt: number
  /** Part of the LLM capacity, percent. */
  capacityPct: number
  /** Units a minute. */
  ratePerMinute: number
  /** Units in the bucket that it draws from now; negative: a debt. */
  tokens: number
  /** That bucket's size. */
  burst: number
  /**
   * Which bucket that is: its own (strict mode), the one that all tasks of this node share (lend mode), or another node's, of
   * which nothing is known here. Missing from an older daemon, as all below.
   */
  bucket?: 'own' | 'common' | 'elsewhere'
  /** Units a minute, lately, that it had beyond its rate: what others left unused (lend mode). */
  lent?: number
  /** Its requests that wait for capacity. */
  waiting?: number
  /** Its requests that have been let out and are not settled. */
  inFlight?: number
  /** When the first of those that wait will probably be let out, from now; null: none waits. */
  waitMs?: number | null
}

/** The capacity that this node has to give. */
export interface CapacityView {
  mode: 'lend' | 'strict'
  unit: 'request' | 'token'
  /** Of all nodes, units a minute. */
  wholePerMinute: number
  /** This node's part of it. */
  ratePerMinute: number
  /** The bucket that all tasks of this node share; null: there is none (strict mode). */
  common: { tokens: number; burst: number } | null
  waiting: number
  inFlight: number
  /** Of these, requests that nobody's key came with. */
  untracked: { waiting: number; inFlight: number }
}

export interface StatusView {
  apiVersion: number
  version: string
  daemon: {
    pid: number
    nodeId: NodeId
    startedAt: number
    uptimeMs: number
    rssBytes: number
    stateDir: string
    configPath: string | null
    /** What the daemon is doing: starting, running, draining (--until-idle), stopping. */
    phase: string
  }
  database: {
    state: 'up' | 'down'
    /** Host and database name, never a secret. */
    target: string
    embedded: boolean
    listening: boolean
    lastError: string | null
  }
  queue: QueueCountsView
  /** How old the counts are: while the database is away they are the last that were seen. */
  queueAgeMs: number
  positions: PositionView[]
  /** Missing from an older daemon. */
  capacity?: CapacityView
  /** What was done lately; missing from an older daemon. */
  activity?: ActivityView
  /** Missing where none is configured, and from an older daemon. */
  gateway?: GatewayView
  workers: WorkerView[]
  /** The circuit breaker of all restarts, and those of workers that are not closed; missing from an older daemon. */
  breaker?: FleetBreakerView
  /** How the daemon is asked; missing from an older daemon. */
  api?: ApiView
  /** The autonomous cycle; missing from an older daemon. */
  orchestrator?: OrchestratorLineView
  /** The machines of the fleet; missing while the database is away and none was seen, and from an older daemon. */
  cluster?: ClusterView
  /** What goes on, but not as it should, in plain words; missing from an older daemon. */
  degraded?: string[]
}

/** The ways to the daemon's API. */
export interface ApiView {
  socket: string
  /** For workers of any account, with attempt keys; null: there is none. */
  workerSocket: string | null
  /** Over TCP: `http://127.0.0.1:3001`; null: not at all. */
  url: string | null
  /** Where the token is that changes need over TCP; null: there is no TCP, or the token came by a variable. */
  tokenFile: string | null
  /** Why there is no TCP although it is configured, in plain words. */
  absence: string | null
}

export interface ClusterView {
  /** Who does the common duties; null for the seconds in which nobody does. `since`: epoch milliseconds. */
  leader: { nodeId: NodeId; term: number; since: number } | null
  /** Of the last day, by name. */
  nodes: NodeView[]
  /** Ready tasks without a Jr; 10,000 means that many or more. */
  unassigned: number
  /** Jrs to whom tasks can be assigned. */
  onlineJrs: number
  /** Jrs that were never seen, by name, and how many ready tasks wait for each; the first twenty. Missing from an older daemon. */
  unseen?: { jr: JrName; tasks: number }[]
}

export interface NodeView {
  nodeId: NodeId
  /** Counts the starts of its daemon. */
  epoch: number
  host: string
  version: string
  startedAt: number
  lastSeenAgeMs: number
  /** `silent`: it should have been heard of and was not. `ended`: its daemon was stopped. */
  state: 'there' | 'silent' | 'ended'
}
