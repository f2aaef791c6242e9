import type { InstanceId, JrName } from './ids.ts'

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

/** One instance of a worker as an operator sees it. Times are epoch milliseconds of this machine. */
export interface WorkerView {
  name: JrName
  /** From 1, within the worker. */
  slot: number
  instanceId: InstanceId | null
  state: WorkerState
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
}
