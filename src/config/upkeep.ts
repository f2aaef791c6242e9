import * as z from 'zod'
import { choice, duration, flag, noted, numeric, sizeOrOff } from './fields.ts'

const percent = { min: 1, max: 100, whole: true, unit: 'percent' }

/** The keys of `[memory]`. */
export const memoryFields = {
  interval: duration(
    '60s',
    ['1s', '1h'],
    "How often the daemon's heap and the workers' memory are looked at. A worker's own limit is watched closer.",
  ),
  budget: sizeOrOff(
    'off',
    ['16M', '1024T'],
    'What the workers of this machine may hold together. Without one only the daemon itself is judged.',
  ),
  warn_percent: numeric(
    80,
    percent,
    "Of V8's limit (the daemon's heap) or of the budget (the workers): from here on garbage is collected and a warning is told.",
  ),
  critical_percent: numeric(
    90,
    percent,
    'From here on workers of priority 3 are taken out: all of them for the heap, the largest first for the budget.',
  ),
  recover_percent: numeric(
    75,
    percent,
    'Below this all is well again, and they come back. The distance to the others keeps them from coming and going.',
  ),
  heap_snapshot: flag(
    false,
    "Write the daemon's heap into the state directory when it is critical: one an hour, the latest two kept. It stops the daemon for about a second every ten megabytes, so that a heap of more than half a gigabyte outlasts a service manager's watchdog, and takes as much memory again.",
  ),
}

/** A word for a time of the day. */
const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d$/
const standardZone = 'Europe/Zurich'

/** The keys of `[nightly]`. */
export const nightlyFields = {
  at: noted(
    z
      .string()
      .regex(new RegExp(`${timeOfDay.source}|^off$`))
      .prefault('23:00'),
    {
      kind: 'text',
      allowed: 'a time of the day from "00:00" to "23:59", or "off"',
      reason:
        'When workers are scored, old entries go, databases are looked after, and a report is written. A night that was missed is made up for within 12 h.',
      unit: null,
      default: '23:00',
    },
  ),
  timezone: noted(z.string().max(100).refine(isTimezone).prefault(standardZone), {
    kind: 'text',
    allowed: 'a name of the time zone database, such as "Europe/Zurich" or "UTC"',
    reason: 'Whose time of the day that is.',
    unit: null,
    default: standardZone,
  }),
  adaptive_priorities: choice(
    ['propose', 'apply'],
    'propose',
    "What becomes of the nights' proposals for priorities. apply: they are in force until the configured priority changes or this says propose again.",
  ),
}

/** The default is known to be one: asking Intl costs a short command 10 ms. */
export function isTimezone(name: string): boolean {
  if (name === standardZone) return true
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
