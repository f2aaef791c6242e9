import type { Logger } from '../../src/ports/logger.ts'

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error'
  fields: Record<string, unknown>
  message: string
}

export interface FakeLogger extends Logger {
  /** All that was said, by children too, oldest first. */
  readonly lines: readonly LogLine[]
}

/** Remembers instead of printing. */
export function fakeLogger(): FakeLogger {
  const lines: LogLine[] = []
  const speaker = (bound: object): FakeLogger => {
    const say = (level: LogLine['level']) => (fields: object, message: string) =>
      void lines.push({ level, fields: { ...bound, ...fields }, message })
    return {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      child: (fields) => speaker({ ...bound, ...fields }),
      lines,
    }
  }
  return speaker({})
}
