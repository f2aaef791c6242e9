import { type LogEntry, type LogLevel, parseLogEntry } from '../../../src/domain/log-entry.ts'
import { sanitize } from '../../../src/domain/sanitize.ts'
import { bytes, timestamp } from '../../../src/text/format.ts'
import type { Line, Role } from '../../line.ts'
import type { LogRow } from './log.ts'

/** What is fine is not coloured: what stands out is what somebody should look at. */
const levelRoles: Record<LogLevel, Role> = {
  trace: 'dim',
  debug: 'dim',
  info: 'dim',
  warn: 'warn',
  error: 'bad',
  fatal: 'bad',
}

/** No terminal is wider. */
const charactersMax = 1000

/** As `jrctl work` and many others write: a time, a level, then what happened. */
const plainEntry =
  /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*?)\]? +\[?(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b\]?:? *(.*)$/s

function entryOf(text: string): LogEntry | undefined {
  const [, time, level, msg] = plainEntry.exec(withoutColours(text.slice(0, 4 * charactersMax))) ?? []
  if (time === undefined || level === undefined || msg === undefined) return parseLogEntry(text)
  return { time: time.replace(',', '.'), level: level.toLowerCase() as LogLevel, msg }
}

/** A row of a log on one line: entries as time, level and message; any other as it is, made safe. */
export function rowLine({ kind, text, cutBytes }: LogRow): Line {
  if (kind === 'mark') return [{ text: `── ${text} ──`, role: 'warn' }]
  const entry = entryOf(text)
  const tail: Line = cutBytes > 0 ? [' ', { text: `[${bytes(cutBytes)} more]`, role: 'dim' }] : []
  if (entry === undefined) return [shown(text), ...tail]
  return [
    { text: clockTime(entry.time), role: 'dim' },
    ' ',
    { text: entry.level.toUpperCase().padEnd(5), role: levelRoles[entry.level] },
    ' ',
    shown(entry.msg),
    ...tail,
  ]
}

function clockTime(time: string): string {
  const epochMs = Date.parse(time)
  return Number.isNaN(epochMs) ? '--:--:--' : timestamp(epochMs).slice('2026-11-21 '.length)
}

/** Programs colour their lines for terminals; what is left of a colour that is not shown is noise. */
const colours = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;:]*m`, 'g')

export function withoutColours(text: string): string {
  return text.replace(colours, '')
}

function shown(text: string): string {
  // A tab stands for blanks here; what is far beyond the edge is not looked at.
  const start = withoutColours(text.slice(0, 4 * charactersMax)).replaceAll('\t', '  ')
  return sanitize(start, { lengthMax: charactersMax }).trimEnd()
}
