import * as z from 'zod'
import { flag, noted } from './fields.ts'
import type { Weekday, WindowPolicy } from './policy.ts'
import { isTimezone } from './upkeep.ts'

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const satisfies readonly Weekday[]

/** Control, invisible and direction-changing characters would spoil logs and screens. */
const printable = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u
const opening = /^(?:[01]\d|2[0-3]):[0-5]\d$/
const closing = new RegExp(`${opening.source}|^24:00$`)

/** The keys of one `[[windows]]` table. */
export const windowFields = {
  channel: noted(
    z
      .string()
      .max(100)
      .regex(printable)
      .regex(/^\S(.*\S)?$/),
    {
      kind: 'text',
      allowed: 'a name of 1 to 100 printable characters, such as "instagram"',
      reason:
        'The channel of tasks that it is for. Upper and lower case are the same, and so are names with blanks around them.',
      unit: null,
      default: null,
    },
  ),
  from: noted(z.string().regex(opening), {
    kind: 'text',
    allowed: 'a time of the day from "00:00" to "23:59"',
    reason: 'When it opens.',
    unit: null,
    default: null,
  }),
  to: noted(z.string().regex(closing), {
    kind: 'text',
    allowed: 'a time of the day from "00:00" to "24:00"',
    reason: 'When it closes; a time before `from` is on the next day.',
    unit: null,
    default: null,
  }),
  days: noted(
    z
      .array(z.literal([...weekdays]))
      .min(1)
      .max(weekdays.length)
      .prefault([...weekdays]),
    {
      kind: 'structured',
      allowed: `a list of days on which it opens: ${weekdays.map((day) => `"${day}"`).join(', ')}`,
      reason: 'On which days it opens; one over midnight closes on the day after.',
      unit: null,
      default: null,
    },
  ),
  timezone: noted(z.string().max(100).refine(isTimezone).optional(), {
    kind: 'text',
    allowed: 'a name of the time zone database, such as "Europe/Zurich" or "UTC"',
    reason: "Whose time of the day that is. By default the host's.",
    unit: null,
    default: null,
  }),
  strict: flag(
    false,
    'Whether a closed window keeps workers from the tasks of its channel. Without it a window only steers what the cycle schedules.',
  ),
}

/** Each is computed again and again; nobody delivers to more channels. */
export const windowsMax = 200

export const windowsSchema = z.array(z.strictObject(windowFields)).max(windowsMax).optional().meta({
  description:
    'When channels take deliveries; several of one channel add up. Without any: instagram 18:00–23:00, tiktok 16:00–24:00, youtube 17:00–22:00.',
})

/** Spec §7. An empty list in the file means that there are none. */
const standard: readonly WindowPolicy[] = [
  ['instagram', '18:00', '23:00'] as const,
  ['tiktok', '16:00', '24:00'] as const,
  ['youtube', '17:00', '22:00'] as const,
].map(([channel, from, to]) => ({ channel, from, to, days: [...weekdays], timezone: null, strict: false }))

export function windowsOf(parsed: z.output<typeof windowsSchema>): WindowPolicy[] {
  if (parsed === undefined) return [...standard]
  return parsed.map(({ channel, from, to, days, timezone, strict }) => ({
    channel,
    from,
    to,
    days: weekdays.filter((day) => days.includes(day)),
    timezone: timezone ?? null,
    strict,
  }))
}
