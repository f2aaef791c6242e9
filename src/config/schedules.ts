import * as z from 'zod'
import { missedPolicies } from '../domain/runs/passed-times.ts'
import { overlapPolicies } from '../domain/runs/admission.ts'
import { choice, durationOrOff, noted, numeric } from './fields.ts'
import type { SchedulePolicy } from './policy.ts'

/** The keys of a worker that is run at times instead of being kept running. */
export const scheduleFields = {
  schedule: noted(z.string().min(1).max(200).optional(), {
    kind: 'text',
    allowed:
      'cron with five fields (minute, hour, day, month, weekday) or six (seconds first), such as "0 3 * * *", or "@hourly", "@daily", "@weekly", "@monthly", "@yearly"',
    reason:
      'Run it at these times instead of keeping it running: each start is a run, which ends by itself (0: done, 75: try again, 65: failed for good).',
    unit: null,
    default: null,
  }),
  timezone: noted(z.string().min(1).max(100).optional(), {
    kind: 'text',
    allowed: 'the name of a time zone, such as "Europe/Zurich"',
    reason: "Whose clock the schedule means. By default the host's.",
    unit: null,
    default: null,
  }),
  timeout: durationOrOff(
    'off',
    ['1s', '30d'],
    'A run that takes longer is ended with its whole process tree, and counts as failed.',
  ),
  max_concurrent: numeric(
    1,
    { min: 1, max: 100, whole: true, unit: 'runs' },
    'How many runs of it may be on at the same time.',
  ),
  overlap: choice(
    overlapPolicies,
    'skip',
    'What becomes of a time that comes while so many are on. skip: no run for it. queue: its run waits for its turn.',
  ),
  missed: choice(
    missedPolicies,
    'once',
    'What becomes of times that passed while the daemon was away or the machine slept. once: one run for all of them. skip: none. all: a run each, the latest 100.',
  ),
  retries: numeric(
    2,
    { min: 0, max: 100, whole: true, unit: 'tries' },
    'How often a failed run is tried again, after the waits of a restart; then it becomes a dead letter.',
  ),
}

export type ParsedSchedule = z.output<z.ZodObject<typeof scheduleFields>>

/** Nothing where the worker is kept running. */
export function scheduleOf(worker: ParsedSchedule): { schedule?: SchedulePolicy } {
  const { schedule: cron, timezone, timeout, max_concurrent, overlap, missed, retries } = worker
  if (cron === undefined) return {}
  return {
    schedule: {
      cron,
      timezone: timezone ?? null,
      timeoutMs: timeout,
      maxConcurrent: max_concurrent,
      overlap,
      missed,
      retries,
    },
  }
}
