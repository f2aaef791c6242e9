import { type LogLevel, parseLogEntry } from '../../domain/log-entry.ts'
import { cutMark, sanitize } from '../../domain/sanitize.ts'
import type { Output, Style } from '../output.ts'
import type { TimedItem } from './timed.ts'

const styles: Record<LogLevel, Style> = {
  trace: 'dim',
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
}

const lengthMax = 10_000

type Line = Extract<TimedItem, { kind: 'line' }>

/** A line of a log for a person: our own JSON lines as time, level and message; any other as it is, made safe. */
export function logLine(line: Line, output: Output): string {
  const text = line.bytes.toString('utf8')
  const entry = parseLogEntry(text)
  if (!entry) return `${sanitize(text, { lengthMax, multiline: true })}${cutNote(line, text)}`
  const time = output.style('dim', entry.time.slice(0, 19).replace('T', ' '))
  return `${time} ${output.style(styles[entry.level], entry.level.toUpperCase().padEnd(5))} ${sanitize(entry.msg, { lengthMax })}`
}

/** A cut line says how much of it there is, so that nobody takes its end for the writer's. */
function cutNote({ bytes, cutBytes }: Line, text: string): string {
  if (cutBytes === 0 && text.length <= lengthMax) return ''
  return `${text.length > lengthMax ? '' : cutMark} [a line of ${bytes.length + cutBytes} bytes]`
}

/** A line as JSON. `time` is its own or that of the line before; `message` the text of an entry of ours, else the line. */
export function lineShape(line: Line, worker: string | null, instance: number) {
  const text = line.bytes.toString('utf8')
  const entry = parseLogEntry(text)
  return {
    worker,
    instance: worker === null ? null : instance,
    time: line.timeMs === undefined ? null : new Date(line.timeMs).toISOString(),
    level: entry?.level ?? null,
    message: entry?.msg ?? text,
    line: text,
    cutBytes: line.cutBytes,
  }
}
