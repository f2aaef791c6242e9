import type { SchedulePolicy } from '../config/policy.ts'
import type { Execution } from '../domain/metrics/worker-record.ts'
import type { Timetable } from '../domain/runs/timetable.ts'
import { BugError } from '../errors.ts'
import { compileSchedule } from '../expressions/schedule.ts'
import type { RunRecord } from '../supervisor/runs/runs.ts'

/** When a worker's runs are due. The configuration has checked its words. */
export function timetableOf({ cron, timezone }: SchedulePolicy): Timetable {
  const compiled = compileSchedule(cron, timezone)
  if (compiled.kind === 'schedule') return compiled.timetable
  throw new BugError(`an unchecked schedule: ${cron}: ${compiled.reason}`)
}

/** A try at a run as the metrics count it; null: it was ended from without, which says nothing of the worker. */
export function executionOf({ worker, outcome, startedAt, durationMs }: RunRecord): Execution | null {
  if (outcome === 'stopped') return null
  return {
    name: worker,
    outcome: outcome === 'succeeded' ? 'succeeded' : 'failed',
    durationMs,
    endedAt: startedAt + durationMs,
  }
}
