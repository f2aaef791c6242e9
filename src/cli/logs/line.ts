import { sanitize } from '../../domain/sanitize.ts'
import type { Output, Style } from '../output.ts'

const levels: Record<number, [string, Style]> = {
  10: ['TRACE', 'dim'],
  20: ['DEBUG', 'dim'],
  30: ['INFO', 'green'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
}

const lengthMax = 10_000

/** A line of a log for a person: our own JSON lines as time, level and message; any other as it is, made safe. */
export function logLine(line: string, output: Output): string {
  const entry = parseEntry(line)
  if (!entry) return sanitize(line, { lengthMax, multiline: true })
  const [name, style] = levels[entry.level] ?? ['INFO', 'green']
  const time = output.style('dim', entry.time.slice(0, 19).replace('T', ' '))
  return `${time} ${output.style(style, name.padEnd(5))} ${sanitize(entry.msg, { lengthMax })}`
}

/** When a line was written, epoch milliseconds, if it says so: our JSON, or an ISO time in front. */
export function lineTimeMs(line: string): number | undefined {
  const written =
    parseEntry(line)?.time ??
    /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)/.exec(line)?.[1]
  const time = written === undefined ? Number.NaN : Date.parse(written)
  return Number.isNaN(time) ? undefined : time
}

interface Entry {
  level: number
  time: string
  msg: string
}

function parseEntry(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { level, time, msg } = JSON.parse(line) as Partial<Entry>
    return typeof level === 'number' && typeof time === 'string' && typeof msg === 'string'
      ? { level, time, msg }
      : undefined
  } catch {
    return undefined
  }
}
