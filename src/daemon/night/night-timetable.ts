import type { NightlyPolicy } from '../../config/policy.ts'
import type { Timetable } from '../../domain/runs/timetable.ts'
import { BugError } from '../../errors.ts'
import { compileSchedule } from '../../expressions/schedule.ts'

/** When the nights are; they never come when `at` is null. */
export function nightTimetable({ at, timezone }: Pick<NightlyPolicy, 'at' | 'timezone'>): Timetable {
  if (at === null) return { next: () => null, latest: () => [] }
  const [hour = '', minute = ''] = at.split(':')
  const compiled = compileSchedule(`${Number(minute)} ${Number(hour)} * * *`, timezone)
  if (compiled.kind === 'invalid') throw new BugError(`nightly.at ${at} ${timezone}: ${compiled.reason}`)
  return compiled.timetable
}
