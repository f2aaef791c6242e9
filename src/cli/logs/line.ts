import { cutMark, sanitize } from '../../domain/sanitize.ts'
import type { Output, Style } from '../output.ts'
import type { TimedItem } from './timed.ts'

const levels: Record<number, [string, Style]> = {
  10: ['TRACE', 'dim'],
  20: ['DEBUG', 'dim'],
  30: ['INFO', 'green'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
}

const lengthMax = 10_000

type Line = Extract<TimedItem, { kind: 'line' }>

/** A line of a log for a person: our own JSON lines as time, level and message; any other as it is, made safe. */
export function logLine(line: Line, output: Output): string {
  const text = line.bytes.toString('utf8')
  const entry = parseEntry(text)
  if (!entry) return `${sanitize(text, { lengthMax, multiline: true })}${cutNote(line, text)}`
  const [name, style] = levels[entry.level] ?? ['INFO', 'green']
  const time = output.style('dim', entry.time.slice(0, 19).replace('T', ' '))
  return `${time} ${output.style(style, name.padEnd(5))} ${sanitize(entry.msg, { lengthMax })}`
}

/** A cut line says how much of it there is, so that nobody takes its end for the writer's. */
function cutNote({ bytes, cutBytes }: Line, text: string): string {
  if (cutBytes === 0 && text.length <= lengthMax) return ''
  return `${text.length > lengthMax ? '' : cutMark} [a line of ${bytes.length + cutBytes} bytes]`
}

/** A line as JSON. `time` is its own or that of the line before; `message` the text of an entry of ours, else the line. */
export function lineShape(line: Line, worker: string | null, instance: number) {
  const text = line.bytes.toString('utf8')
  const entry = parseEntry(text)
  return {
    worker,
    instance: worker === null ? null : instance,
    time: line.timeMs === undefined ? null : new Date(line.timeMs).toISOString(),
    level: entry === undefined ? null : (levels[entry.level]?.[0].toLowerCase() ?? null),
    message: entry?.msg ?? text,
    line: text,
    cutBytes: line.cutBytes,
  }
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
