import type { DurationFigures } from './metrics/percentiles.ts'

/** The gateway between workers and the LLM, as status and metrics show it. Counts are since the daemon's start. */
export interface GatewayView {
  /** `http://127.0.0.1:8787`; null: nobody has opened it yet. */
  url: string | null
  /** Requests that wait for capacity, and those that are with an upstream. */
  waiting: number
  inFlight: number
  /** What all upstreams together may have at a time. */
  maxInFlight: number
  /** How long the last 1,000 that were admitted had waited; null: none was. */
  waitedMs: DurationFigures | null
  /** Requests that ended within the last minute; missing from an older daemon. */
  lastMinute?: number
  /** By endpoint (`chat`, `messages`, …; `none`: no such), then by how they ended: `2xx` … `5xx`, `gone`: the client left first. */
  requests: Record<string, Record<string, number>>
  /** Requests that we answered ourselves, by reason. */
  refused: Record<string, number>
  upstreams: UpstreamView[]
}

export interface UpstreamView {
  name: string
  /** `simulated`: its answers are made up. */
  kind: 'http' | 'simulated'
  dialects: string[]
  models: string[]
  inFlight: number
  maxInFlight: number
  requests: number
  /** Of these, those that it did not answer to the end. */
  failures: number
  inputTokens: number
  outputTokens: number
  /** In plain words; null: its last word was none of trouble. */
  unreachable: string | null
}
