import { duration } from '../domain/duration-words.ts'

export { duration }

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** `3 s`, `59 min`, `23 h`, `6 d`: one unit, for columns; never more than six cells below a thousand days. */
export function age(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min`
  if (ms < day) return `${Math.floor(ms / hour)} h`
  return `${Math.floor(ms / day)} d`
}

/** `450 ms`, `1.9 s`, `12 s`: as `age`, for what may be less than seconds. */
export function brief(ms: number): string {
  if (ms < second) return `${Math.round(ms)} ms`
  return ms < 10 * second ? `${(Math.floor(ms / 100) / 10).toFixed(1)} s` : age(ms)
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = size / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** `50 %`, `12.5 %`, `0.78 %`: as few digits as tell the halves apart. */
export function percent(value: number): string {
  const digits = value >= 10 ? 1 : 2
  return `${Number(value.toFixed(digits))} %`
}

/** `12,345.6`. Not by toLocaleString: the first use of Intl costs a short command 10 ms. */
export function number(value: number): string {
  const [whole = '', fraction] = String(Number(value.toFixed(1))).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** `12.5`, `100.0`, `12,345`, `123k`: for columns, at most six cells below a thousand million. */
export function compact(value: number): string {
  if (value < 1000) return value.toFixed(1)
  if (Math.round(value) < 100_000) return number(Math.round(value))
  return value < 10_000_000 ? `${Math.round(value / 1000)}k` : `${Math.round(value / 1_000_000)}M`
}

/** `1 task`, `3 tasks`. */
export function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}

/** `2026-11-21 13:05:07`, local time. */
export function timestamp(epochMs: number): string {
  const date = new Date(epochMs)
  const days = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${days} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

/** As `timestamp`, by the clock of a time zone; null: the host's. */
export function timestampIn(epochMs: number, timezone: string | null): string {
  if (timezone === null) return timestamp(epochMs)
  // Sweden writes times as ISO 8601 does.
  const format = { dateStyle: 'short', timeStyle: 'medium', timeZone: timezone } as const
  return new Intl.DateTimeFormat('sv-SE', format).format(epochMs)
}

/** `2026-11-21 13:05:07 (3 min ago)`. */
export function moment(epochMs: number, nowMs: number): string {
  const distance = nowMs - epochMs
  const relative = distance >= 0 ? `${duration(distance)} ago` : `in ${duration(-distance)}`
  return `${timestamp(epochMs)} (${relative})`
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of `part` (0–1) of `cells`, to an eighth of a cell, so that halves look like halves. Never empty for a part above 0. */
export function bar(part: number, cells: number): string {
  const units = Math.min(cells * 8, Math.max(part > 0 ? 1 : 0, Math.round(part * cells * 8)))
  return '█'.repeat(Math.floor(units / 8)) + (eighths[units % 8] ?? '')
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
