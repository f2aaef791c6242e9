import type { InstanceId, JrName } from './ids.ts'
import type { RunOutcome } from './runs/run-ending.ts'

/** The states of a supervised worker (spec §4). */
export const workerStates = [
  'stopped',
  'starting',
  'running',
  'stopping',
  'backoff',
  'paused',
  'disabled_by_failure',
  'disabled_by_memory',
  'error',
  'timeout',
  'missing',
] as const
export type WorkerState = (typeof workerStates)[number]

/**
 * - `start`: it is to run. `adopt`: a living process of an earlier daemon was found and proven.
 * - `up`: the process is there. `lack`: there is no such program (or, later, dependency).
 * - `end`: the process has ended or is to end; its tree is being ended.
 * - `rest` / `back_off` / `hold` / `fail` / `expire`: nothing of it is left, and it stays down, comes back after a wait,
 *   is held by an operator, or was a run that failed or ran out of time.
 * - `trip` / `shed`: the breaker or the memory guard takes it out. `reset`: they let it back.
 * - `resume`: the operator lets go of it.
 */
export const workerEvents = [
  'start',
  'adopt',
  'up',
  'lack',
  'end',
  'rest',
  'back_off',
  'hold',
  'fail',
  'expire',
  'trip',
  'shed',
  'reset',
  'resume',
] as const
export type WorkerEvent = (typeof workerEvents)[number]

type Cell = WorkerState | null

const refused = {
  start: null,
  adopt: null,
  up: null,
  lack: null,
  end: null,
  rest: null,
  back_off: null,
  hold: null,
  fail: null,
  expire: null,
  trip: null,
  shed: null,
  reset: null,
  resume: null,
} as const satisfies Record<WorkerEvent, Cell>

/** No process, free to start. */
const down = {
  ...refused,
  start: 'starting',
  adopt: 'running',
  rest: 'stopped',
  hold: 'paused',
  trip: 'disabled_by_failure',
  shed: 'disabled_by_memory',
} as const satisfies Record<WorkerEvent, Cell>

/** No process, and none until whoever took it out lets it back; breaker and memory guard may both have a reason to. */
const disabled = {
  ...refused,
  rest: 'stopped',
  hold: 'paused',
  trip: 'disabled_by_failure',
  shed: 'disabled_by_memory',
  reset: 'stopped',
} as const satisfies Record<WorkerEvent, Cell>

/**
 * The life of a supervised worker as a table, state × event: the next state, or null where the event is refused.
 * A living process reaches a state without one only through `stopping`, in which its whole tree is ended.
 */
export const workerTransitions = {
  stopped: down,
  backoff: down,
  error: down,
  timeout: down,
  missing: down,
  paused: { ...refused, resume: 'stopped', hold: 'paused' },
  disabled_by_failure: disabled,
  disabled_by_memory: disabled,
  starting: {
    ...refused,
    up: 'running',
    lack: 'missing',
    end: 'stopping',
    rest: 'stopped',
    back_off: 'backoff',
    hold: 'paused',
    trip: 'disabled_by_failure',
    shed: 'disabled_by_memory',
  },
  running: { ...refused, end: 'stopping' },
  stopping: {
    ...refused,
    end: 'stopping',
    rest: 'stopped',
    back_off: 'backoff',
    hold: 'paused',
    fail: 'error',
    expire: 'timeout',
    trip: 'disabled_by_failure',
    shed: 'disabled_by_memory',
  },
} as const satisfies Record<WorkerState, Record<WorkerEvent, Cell>>

/** The state after `event`, or undefined when it is refused in this state. */
export function nextWorkerState(state: WorkerState, event: WorkerEvent): WorkerState | undefined {
  return workerTransitions[state][event] ?? undefined
}

/** Why a worker ends, or is down, that an operator has paused. */
export const pausedReason = 'paused by an operator'

/** The states in which processes of the worker may live. */
export const livingStates = ['starting', 'running', 'stopping'] as const satisfies WorkerState[]

/** One instance of a worker as an operator sees it. Times are epoch milliseconds of this machine. */
export interface WorkerView {
  name: JrName
  /** From 1, within the worker. */
  slot: number
  instanceId: InstanceId | null
  state: WorkerState
  /** Of the Jr's last 1,000 successful executions; null: there were none. Missing where nobody keeps the figures. */
  p95Ms?: number | null
  /** The Jr's performance, 0–100 (`domain/score.ts`); null: it has not worked yet. Missing as above. */
  score?: number | null
  /** Why it is in this state, in plain words. */
  reason: string
  pid: number | null
  startedAt: number | null
  restarts: number
  lastExit: string | null
  nextStartAt: number | null
  heartbeatAgeMs: number | null
  rssBytes: number | null
  cpuPercent: number | null
  logFile: string
  adopted: boolean
  priority: number
  department: string | null
  /** How long it may take to end when it is stopped; missing from an older daemon. */
  stopGraceMs?: number
  /** Whether those who depend on it may count on it; missing from an older daemon, as the rest. */
  ready?: boolean
  /** Epoch milliseconds; null: it is not ready. */
  readySince?: number | null
  /** Why it has not been started yet, in plain words; null: it waits for nobody. */
  waitsFor?: string | null
  /** In which layer it boots, from 1. */
  layer?: number
  /** Of a worker that is run at times; missing where it is kept running. */
  schedule?: ScheduleView
  /** The unit of systemd's that runs it; missing where the daemon does. */
  unit?: string
}

/** The runs of a scheduled worker. Times are epoch milliseconds; the next one is the view's `nextStartAt`. */
export interface ScheduleView {
  cron: string
  /** Null: the host's. */
  timezone: string | null
  /** Runs that wait for their turn or for another try. */
  waiting: number
  /** Its latest try that has ended; null: none has. */
  lastRun: {
    outcome: RunOutcome
    /** In plain words: `exited with code 3`. */
    ending: string
    /** The time it was for; null: somebody asked for it. */
    due: number | null
    /** From 1. */
    attempt: number
    startedAt: number
    endedAt: number
  } | null
}
