import type { SchedulePolicy } from '../config/policy.ts'
import type { Timetable } from '../domain/runs/timetable.ts'
import { BugError } from '../errors.ts'
import { compileSchedule } from '../expressions/schedule.ts'

/** When a worker's runs are due. The configuration has checked its words. */
export function timetableOf({ cron, timezone }: SchedulePolicy): Timetable {
  const compiled = compileSchedule(cron, timezone)
  if (compiled.kind === 'schedule') return compiled.timetable
  throw new BugError(`an unchecked schedule: ${cron}: ${compiled.reason}`)
}
