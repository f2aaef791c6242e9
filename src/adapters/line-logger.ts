import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

const ranks = { debug: 0, info: 1, warn: 2, error: 3 } as const
type Level = keyof typeof ranks

export interface LineLoggerOptions {
  level: Level
  clock: Clock
  /** Takes a whole line; must not block and must not throw. */
  write(line: string): void
}

/**
 * Readable lines for a worker's log, which its commands write to as well: time, level, message, fields as JSON. A worker is
 * a process many times over, and pino with its printing would cost each of them several megabytes.
 */
export function createLineLogger(options: LineLoggerOptions, bound: object = {}): Logger {
  const say = (level: Level) => (fields: object, message: string) => {
    if (ranks[level] < ranks[options.level]) return
    const all = { ...bound, ...fields }
    const more = Object.keys(all).length === 0 ? '' : ` ${JSON.stringify(all)}`
    const time = new Date(options.clock.wallMs()).toISOString()
    options.write(`${time} ${level.toUpperCase().padEnd(5)} ${message}${more}\n`)
  }
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (fields) => createLineLogger(options, { ...bound, ...fields }),
  }
}
