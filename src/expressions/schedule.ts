import { Cron } from 'croner'
import type { Timetable } from '../domain/runs/timetable.ts'

/** A schedule as an operator writes it, compiled; or why it is not one. */
export type CompiledSchedule =
  | { kind: 'schedule'; timetable: Timetable }
  | { kind: 'invalid'; part: 'schedule' | 'timezone'; reason: string }

/** Of the text; what is longer is no schedule. */
export const scheduleLengthMax = 200

/** Any time will do to see whether a schedule ever comes: it has no years, so that it repeats within 28 of them. */
const anyTime = new Date(Date.UTC(2026, 0, 1))

/**
 * Cron with five fields (minute, hour, day, month, weekday), or six with seconds before them, or `@hourly`, `@daily`, …
 * croner computes dates and nothing else here. Where a zone sets its clock forward, a time of the day that does not exist comes
 * when the clock has jumped; where it is set back, a time of the day comes once, an interval goes on.
 *
 * @param timezone an IANA name; null: the host's
 */
export function compileSchedule(text: string, timezone: string | null): CompiledSchedule {
  if (timezone !== null && !isTimezone(timezone)) {
    return { kind: 'invalid', part: 'timezone', reason: 'the machine knows no such time zone' }
  }
  const invalid = (reason: string): CompiledSchedule => ({ kind: 'invalid', part: 'schedule', reason })
  if (text.length > scheduleLengthMax) return invalid(`it has more than ${scheduleLengthMax} characters`)
  try {
    const cron = new Cron(text.trim(), {
      paused: true,
      mode: '5-or-6-parts',
      ...(timezone === null ? {} : { timezone }),
    })
    // croner takes a date as well, for something that happens once.
    if (cron.getOnce() !== null) return invalid('it is a date, which comes only once')
    if (cron.nextRun(anyTime) === null) return invalid('there is no such day: it would never run')
    return { kind: 'schedule', timetable: timetableOf(cron) }
  } catch (error) {
    return invalid(reasonOf(error))
  }
}

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function timetableOf(cron: Cron): Timetable {
  return {
    next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? null,
    // croner looks strictly before its reference; times are whole seconds.
    latest: (untilMs, count) =>
      cron
        .previousRuns(count, new Date(untilMs + 1))
        .map((time) => time.getTime())
        .toReversed(),
  }
}

/** `CronPattern: Invalid value for minute: 61` in our manner. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const plain = text.replace(/^Cron\w+: /, '').replace(/\.$/, '')
  return plain.includes('space separated parts') || plain.includes('5 or 6 parts')
    ? 'it has not five fields, nor six'
    : plain.charAt(0).toLowerCase() + plain.slice(1)
}
