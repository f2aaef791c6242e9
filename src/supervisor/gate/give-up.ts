import type { JrName } from '../../domain/ids.ts'

/** A worker that is started no more until somebody, or a probe, brings it back: what its dead letter tells. */
export interface GiveUp {
  name: JrName
  department: string | null
  /** In plain words: how often in what time, and the last exit. */
  error: string
  restarts: number
  lastExit: string | null
  /** When its heartbeat or its processes were last looked at; epoch milliseconds, null when never. */
  lastHealthCheckAt: number | null
}
