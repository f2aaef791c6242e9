/** What a line of a log says of itself. */

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof logLevels)[number]

/** A line of ours: the daemon's log is JSON, an object a line (pino's shape). */
export interface LogEntry {
  level: LogLevel
  /** ISO 8601, in UTC. */
  time: string
  msg: string
}

const levels: Readonly<Record<number, LogLevel>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** Undefined: it is no line of ours, or of anybody who writes as we do. */
export function parseLogEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { level, time, msg } = JSON.parse(line) as Record<string, unknown>
    return typeof level === 'number' && typeof time === 'string' && typeof msg === 'string'
      ? { level: levels[level] ?? 'info', time, msg }
      : undefined
  } catch {
    return undefined
  }
}

/** When a line was written, epoch milliseconds, if it says so: our JSON, or an ISO time in front. */
export function lineTimeMs(line: string): number | undefined {
  const written =
    parseLogEntry(line)?.time ??
    /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)/.exec(line)?.[1]
  const time = written === undefined ? Number.NaN : Date.parse(written)
  return Number.isNaN(time) ? undefined : time
}

/** The same of bytes. A time stands in front; a line of ours is parsed whole, and is never long. */
export function timeOfLine(bytes: Buffer): number | undefined {
  return lineTimeMs(bytes.toString('utf8', 0, bytes[0] === brace ? bytes.length : frontBytes))
}

const brace = 0x7b
/** A time with its zone takes less. */
const frontBytes = 64
