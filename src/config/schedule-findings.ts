import { keyOf } from './keys.ts'
import type { LegibleWorker } from './legible-workers.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'

/** What is wrong with the schedules. croner is loaded only when there are some: most commands need none. */
export async function scheduleFindings(workers: readonly LegibleWorker[], raw: unknown): Promise<Finding[]> {
  const found = await Promise.all(
    workers.map(async (worker) => {
      const { index, refused } = worker
      if (refused.has('schedule')) return []
      const problems = worker.schedule === undefined ? withoutSchedule(worker) : await withSchedule(worker)
      return problems.map(({ name, message }): Finding => {
        const path = ['workers', index, name]
        return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
      })
    }),
  )
  return found.flat()
}

interface Problem {
  name: string
  message: string
}

/** `max_concurrent` and its like say nothing of a worker that is kept running; whoever sets one expects that it does. */
function withoutSchedule(worker: LegibleWorker): Problem[] {
  const said = {
    timezone: worker.timezone !== undefined,
    timeout: worker.timeout !== null,
    max_concurrent: worker.max_concurrent !== 1,
    overlap: worker.overlap !== 'skip',
    missed: worker.missed !== 'once',
    retries: worker.retries !== 2,
  }
  return Object.entries(said).flatMap(([name, isSaid]) =>
    isSaid && !worker.refused.has(name)
      ? [{ name, message: `found ${name} without schedule, allowed only beside it: it is about runs` }]
      : [],
  )
}

async function withSchedule(worker: LegibleWorker): Promise<Problem[]> {
  const { schedule = '', timezone, instances, restart } = worker
  const { compileSchedule } = await import('../expressions/schedule.ts')
  const compiled = compileSchedule(schedule, timezone ?? null)
  return [
    ...(compiled.kind === 'schedule' ? [] : [notUnderstood(compiled, worker)]),
    ...(instances === 1 || instances === undefined
      ? []
      : [
          {
            name: 'instances',
            message: `found ${instances} beside schedule, allowed 1 (how many of its runs may be on at once is max_concurrent)`,
          },
        ]),
    ...(restart === 'always' || restart === undefined
      ? []
      : [
          {
            name: 'restart',
            message: `found "${restart}" beside schedule, allowed only without it (how often a failed run is tried again is retries)`,
          },
        ]),
  ]
}

function notUnderstood(
  { part, reason }: { part: 'schedule' | 'timezone'; reason: string },
  { schedule, timezone }: LegibleWorker,
): Problem {
  const found = part === 'schedule' ? schedule : timezone
  const allowed =
    part === 'schedule'
      ? 'cron such as "0 3 * * *" or "@hourly"'
      : 'the IANA name of a time zone, such as "Europe/Zurich"'
  return { name: part, message: `found ${quote(found ?? '')} (${reason}), allowed ${allowed}` }
}
