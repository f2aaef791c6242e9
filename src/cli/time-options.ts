import { UserError } from '../errors.ts'
import { moment } from '../text/format.ts'

const unitsMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `90s`, `10m`, `1.5h`, `2d` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h|d|w)$/.exec(text.trim())
  return match ? Number(match[1]) * (unitsMs[match[2] ?? ''] ?? Number.NaN) : undefined
}

/** A date with or without a time, `T` or a blank between; local time unless it names a zone. */
const datePattern = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/

function parseDate(text: string): number | undefined {
  if (!datePattern.test(text)) return undefined
  // A bare date would be midnight UTC by ECMA-262, where a person means midnight here.
  const epochMs = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T').replace(' ', ''))
  return Number.isNaN(epochMs) ? undefined : epochMs
}

const dayTimePattern = /^(?:(today|tomorrow) )?([01]?\d|2[0-3]):([0-5]\d)$/

/** `18:00` (the next time that it is), `today 18:00`, `tomorrow 18:00`, local time; undefined for anything else. */
function parseDayTime(text: string, nowMs: number): number | undefined {
  const [, day, hours, minutes] = dayTimePattern.exec(text) ?? []
  if (hours === undefined || minutes === undefined) return undefined
  const now = new Date(nowMs)
  const on = (days: number) =>
    new Date(
      now.getFullYear(),
      now.getMonth(),
      now.getDate() + days,
      Number(hours),
      Number(minutes),
    ).getTime()
  if (day === 'tomorrow') return on(1)
  return day === 'today' || on(0) > nowMs ? on(0) : on(1)
}

/**
 * A time to come: a date, a time of the day, `+2h` (or `2h`, which here can mean nothing else), or `now` (null). Epoch
 * milliseconds. Throws UserError, which names the option.
 */
export function parseTime(option: string, text: string, nowMs: number): number | null {
  const trimmed = text.trim()
  if (trimmed === 'now') return null
  const ahead = parseDuration(trimmed.replace(/^\+/, ''))
  const at = ahead === undefined ? (parseDayTime(trimmed, nowMs) ?? parseDate(trimmed)) : nowMs + ahead
  if (at !== undefined) return Math.round(at)
  throw new UserError(`${option} ${JSON.stringify(text)} is no time`, {
    hint: 'Write +2h, 18:00, tomorrow 18:00, 2026-12-24T18:00 (local time), 2026-12-24T18:00Z, or now.',
  })
}

/** For `--at`. */
export function parseAt(text: string, nowMs: number): number | null {
  return parseTime('--at', text, nowMs)
}

/** A time with the name of the clock that it was read by, so that nobody wonders: `2026-12-24 18:00:00 Europe/Zurich (in 3 h)`. */
export function saidBack(atMs: number, nowMs: number): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string }
  const [when = '', distance = ''] = moment(atMs, nowMs).split(/ (?=\()/)
  return [when, ...(timeZone === undefined ? [] : [timeZone]), distance].join(' ')
}

/** A time past, for `--since`: a date, or how long ago. Epoch milliseconds. Throws UserError. */
export function parseSince(text: string, nowMs: number): number {
  const ago = parseDuration(text)
  const since = ago === undefined ? parseDate(text) : nowMs - ago
  if (since !== undefined) return Math.round(since)
  throw new UserError(`--since ${JSON.stringify(text)} is no time`, {
    hint: 'Write how long ago (10m, 2h, 1d) or a date (2026-12-24, 2026-12-24T18:00).',
  })
}
