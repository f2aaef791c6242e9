/** The stream of `GET /v1/logs`, by the name of its event. Text is as it was written: whoever shows it makes it safe. */
export interface LogEvents {
  /** First: whose log it is. */
  log: LogView
  /** In the order of the log; as many as came together. */
  lines: { lines: LogLineView[] }
  /** What there was when it was asked for has been told; what follows is new. */
  end: Record<string, never>
  /** So many bytes were rotated away and deleted before they could be read. */
  gap: { bytes: number }
  /** So many lines before the next were left out, to stay with what is written now (`latest`). */
  missed: { lines: number }
  /** It cannot be read any further, and why; the stream ends with it. */
  failed: { message: string; hint: string | null }
}

export interface LogView {
  apiVersion: number
  /** Null: the daemon's own. */
  jr: string | null
  instance: number
  path: string
  /** False: nothing has been written yet. */
  exists: boolean
}

export interface LogLineView {
  text: string
  /** So many bytes at its end were left out; missing: none. */
  cutBytes?: number
}

export type LogEvent = { [Name in keyof LogEvents]: { event: Name; data: LogEvents[Name] } }[keyof LogEvents]

export const logLimits = {
  /** Of the last lines that can be asked for. */
  lines: 100_000,
  /** When neither lines nor a time are asked for. */
  linesUsual: 100,
  /** Of a line; what is more is left out. */
  lineBytes: 64 * 1024,
  /** Logs that are read at the same time, by each way in. */
  readers: 32,
} as const
