import { channelKey } from '../domain/channel.ts'
import type { ChannelWindow, Opening } from '../domain/cycle/windows.ts'

/** A window as an operator writes it, checked. */
export interface WrittenWindow {
  channel: string
  /** `HH:MM`. An end at or before its beginning is on the next day. */
  from: string
  /** `HH:MM`, up to 24:00. */
  to: string
  /** Days on which it opens. */
  days: readonly string[]
  /** An IANA name; null: the host's. */
  timezone: string | null
  strict: boolean
}

/**
 * Windows as what computes their openings. A window is open while the clock of its zone reads a time in it: where a time comes
 * twice because the clock is set back, it opens at the first and closes at the second, so that it is open once; where the clock
 * jumps over its beginning or end, that is the moment of the jump.
 *
 * Temporal and not cron: an opening and its closing belong together, and each must be found from any moment.
 */
export function compileWindows(written: readonly WrittenWindow[]): ChannelWindow[] {
  return written.map(compileWindow)
}

const dayMs = 86_400_000
/** 1 January 1970 was a Thursday. */
const weekdays = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed']
/** A day's opening may begin and end so many UTC days from its date: zones go up to 14 hours, a window over midnight a day. */
const daysAround = 3
/** Dates that are remembered; a look asks for some twenty, and the next one for the same. */
const rememberedMax = 64

function compileWindow(window: WrittenWindow): ChannelWindow {
  const zone = window.timezone ?? hostZone()
  const [from, to] = [minutesOf(window.from), minutesOf(window.to)]
  const toNext = to <= from ? to + 24 * 60 : to
  const days = new Set(window.days)
  const remembered = new Map<number, Opening | null>()

  /** @param day a calendar day, counted from 1 January 1970 */
  function openingOn(day: number): Opening | null {
    const known = remembered.get(day)
    if (known !== undefined) return known
    if (remembered.size >= rememberedMax) remembered.clear()
    const opening = days.has(weekdays[((day % 7) + 7) % 7] ?? '') ? compute(day) : null
    remembered.set(day, opening)
    return opening
  }

  function compute(day: number): Opening | null {
    const opensAt = momentOf(day, from, zone, 'earlier')
    const closesAt = momentOf(day, toNext, zone, 'later')
    // The clock jumped over the whole of it.
    return opensAt < closesAt ? { opensAt, closesAt } : null
  }

  return {
    channel: channelKey(window.channel),
    strict: window.strict,
    openings(fromMs, untilMs) {
      const openings: Opening[] = []
      const last = Math.floor(untilMs / dayMs) + daysAround
      for (let day = Math.floor(fromMs / dayMs) - daysAround; day <= last; day += 1) {
        const opening = openingOn(day)
        if (opening !== null && opening.closesAt > fromMs && opening.opensAt < untilMs) openings.push(opening)
      }
      return openings
    },
  }
}

/** When the clock of a zone reads a time of a day; of two such moments the earlier or later, of none that of the jump. */
function momentOf(day: number, minutes: number, zone: string, which: 'earlier' | 'later'): number {
  const read = Temporal.PlainDate.from({ year: 1970, month: 1, day: 1 })
    .add({ days: day + Math.floor(minutes / (24 * 60)) })
    .toPlainDateTime({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 })
  const moment = read.toZonedDateTime(zone, { disambiguation: which })
  if (moment.toPlainDateTime().equals(read)) return moment.epochMilliseconds
  const before = read.toZonedDateTime(zone, { disambiguation: 'earlier' })
  return (before.getTimeZoneTransition('next') ?? before).epochMilliseconds
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

function hostZone(): string {
  // A TZ that is no name of the database leaves it undefined, whatever the types say; dates are then read in UTC.
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string }
  return timeZone ?? 'UTC'
}
